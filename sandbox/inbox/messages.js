/** The mail that was handed to Postmark: a list with search, and one message with what became of it. */
import { get, post } from './api.js';
import { empty, facts, h, notice, pill, table } from './dom.js';

const tones = { Delivered: 'good', Bounced: 'bad', Transient: 'warn' };
const actions = [
  ['Delivery', 'Deliver'],
  ['Bounce', 'Bounce'],
  ['SpamComplaint', 'Complaint'],
  ['Open', 'Open'],
  ['Click', 'Click'],
  ['SubscriptionChange', 'Unsubscribe'],
];

const clock = (iso) => iso.slice(0, 19).replace('T', ' ');
/** `chosenFor`: the message for which somebody chose the tab; for any other one it is only a wish. */
const kept = { search: '', tab: 'html', chosenFor: '' };

/** Of a message with one body alone, that body is opened; whoever wants to see that the other is missing can choose it. */
function tabFor(message) {
  const isWish = message.MessageID !== kept.chosenFor;
  if (isWish && kept.tab === 'html' && message.HtmlBody === '' && message.TextBody !== '') return 'text';
  if (isWish && kept.tab === 'text' && message.TextBody === '' && message.HtmlBody !== '') return 'html';
  return kept.tab;
}

async function report(messageId, type, refresh) {
  await post('/postmark/event', { messageId, type })
    .catch(() => null)
    .then((done) => done && notice(`${type} reported`));
  await refresh();
}

function panelOf(message) {
  const tab = tabFor(message);
  if (tab === 'html') {
    if (message.HtmlBody === '') return empty('This message has no HTML.');
    return h('iframe', {
      title: 'The message as HTML, without scripts',
      sandbox: '',
      referrerpolicy: 'no-referrer',
      src: `/inbox/html?id=${message.MessageID}`,
    });
  }
  if (tab === 'text') return message.TextBody === '' ? empty('This message has no text.') : h('pre', null, message.TextBody);
  if (tab === 'headers')
    return table(
      ['Header', 'Value'],
      message.headers.map(({ Name, Value }) => [Name, Value]),
    );
  if (tab === 'source') return h('pre', null, message.source);
  if (tab === 'attachments') {
    if (message.attachments.length === 0) return empty('No attachments.');
    return table(
      ['Name', 'Type'],
      message.attachments.map(({ name, type }) => [name, type]),
    );
  }
  if (message.events.length === 0) return empty('Nothing has happened yet.');
  return h(
    'ul',
    { class: 'events' },
    message.events.map((event) =>
      h(
        'li',
        null,
        h('span', { class: 'mono soft' }, clock(event.ReceivedAt)),
        h('b', null, event.Type),
        h('span', { class: 'soft' }, event.Recipient),
      ),
    ),
  );
}

function detail(message, refresh) {
  const tabs = [
    ['html', 'HTML'],
    ['text', 'Text'],
    ['headers', 'Headers'],
    ['attachments', `Attachments ${message.attachments.length}`],
    ['events', `Events ${message.events.length}`],
    ['source', 'Source'],
  ];
  const panel = h('div', { class: 'panel', role: 'tabpanel', tabindex: '0' }, panelOf(message));
  const bar = h(
    'div',
    { class: 'tabs', role: 'tablist' },
    tabs.map(([name, title]) =>
      h('button', { type: 'button', role: 'tab', 'aria-selected': String(tabFor(message) === name), onclick: () => choose(name) }, title),
    ),
  );
  function choose(name) {
    kept.tab = name;
    kept.chosenFor = message.MessageID;
    for (const [index, button] of [...bar.children].entries()) button.setAttribute('aria-selected', String(tabs[index][0] === name));
    panel.replaceChildren(panelOf(message));
  }
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = (tabs.findIndex(([name]) => name === tabFor(message)) + step + tabs.length) % tabs.length;
    choose(tabs[at][0]);
    bar.children[at].focus();
  });
  return h(
    'article',
    { class: 'card', 'aria-label': 'Message' },
    h('div', { class: 'row apart' }, h('h2', null, message.Subject || '(no subject)'), pill(message.status, tones[message.status])),
    facts({
      From: message.From,
      To: message.To,
      Received: clock(message.receivedAt),
      Server: message.serverName,
      Stream: message.MessageStream,
      Tag: message.Tag,
      Metadata: Object.entries(message.Metadata)
        .map(([name, value]) => `${name}=${value}`)
        .join('  '),
      MessageID: h('code', null, message.MessageID),
    }),
    h(
      'div',
      { class: 'row happen', role: 'group', 'aria-label': 'Let it happen' },
      actions.map(([type, title]) =>
        h('button', { type: 'button', 'data-event': type, onclick: () => report(message.MessageID, type, refresh) }, title),
      ),
    ),
    bar,
    panel,
  );
}

const item = (message, isOpen) =>
  h(
    'li',
    null,
    h(
      'a',
      { href: `#/messages/${message.MessageID}`, 'aria-current': isOpen ? 'true' : false },
      h('div', { class: 'subject' }, message.Subject || '(no subject)'),
      h('div', { class: 'line' }, h('span', null, message.To), h('span', null, clock(message.receivedAt).slice(11))),
      h('div', { class: 'line' }, h('span', null, message.serverName), pill(message.status, tones[message.status])),
    ),
  );

/** Arrow keys, and j and k, go from message to message. */
function alongList(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step === undefined) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  links[links.indexOf(document.activeElement) + step]?.focus();
  event.preventDefault();
}

export async function messagesView({ id, refresh }) {
  const { items, total } = await get(`/inbox/mail?${new URLSearchParams({ search: kept.search })}`);
  const search = h('input', {
    id: 'search',
    class: 'search',
    type: 'search',
    placeholder: 'Search: address, subject, tag, job id  ( / )',
    'aria-label': 'Search messages',
    value: kept.search,
  });
  search.addEventListener('input', () => {
    kept.search = search.value;
    refresh();
  });
  const none =
    kept.search === '' ? 'No mail yet. Whatever is sent through the sandbox is shown here, and goes nowhere.' : 'No message matches.';
  const list =
    items.length === 0
      ? empty(none)
      : h(
          'ul',
          { class: 'list', onkeydown: alongList, 'aria-label': `${total} messages, newest first` },
          items.map((message) => item(message, message.MessageID === id)),
        );
  const open = id === undefined ? null : await get(`/inbox/message?id=${encodeURIComponent(id)}`).catch(() => null);
  const beside = open === null ? (items.length === 0 ? null : empty('Choose a message.')) : detail(open, refresh);
  return [h('h1', null, 'Messages'), h('div', { class: 'mailbox' }, h('div', null, search, list), h('div', null, beside))];
}
