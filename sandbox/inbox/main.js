/**
 * The page of the sandbox. It looks every second whether anything has changed, and draws the open section anew only then: what is being typed
 * and what has the focus stays where it is.
 */
import { awsView, domainsView, serversView, zonesView } from './account.js';
import { clear, get, post } from './api.js';
import { callsView } from './calls.js';
import { empty, notice } from './dom.js';
import { messagesView } from './messages.js';
import { clockView, faultsView, settingsView } from './switches.js';

const sections = {
  messages: messagesView,
  servers: serversView,
  domains: domainsView,
  zones: zonesView,
  aws: awsView,
  calls: callsView,
  faults: faultsView,
  settings: settingsView,
  clock: clockView,
};
const lookMs = 1000;

const main = document.getElementById('main');
const now = document.getElementById('now');
const faultButton = document.getElementById('clear-faults');
let seen = null;
let drawing = Promise.resolve();

const place = () => {
  const [section = '', id] = location.hash.slice(2).split('/');
  return { section: Object.hasOwn(sections, section) ? section : 'messages', id: id === undefined ? undefined : decodeURIComponent(id) };
};

/** Where the focus was, as a way to find the same thing in what is drawn anew. */
function focusPath() {
  const active = document.activeElement;
  if (active === null || !main.contains(active)) return null;
  const same = [...main.querySelectorAll(active.tagName)];
  return {
    id: active.id,
    tag: active.tagName,
    href: active.getAttribute('href'),
    index: same.indexOf(active),
    caret: active.selectionStart ?? null,
  };
}

function restoreFocus(path) {
  if (path === null) return;
  const same = [...main.querySelectorAll(path.tag)];
  const found =
    (path.id && document.getElementById(path.id)) ||
    same.find((each) => path.href !== null && each.getAttribute('href') === path.href) ||
    same[path.index];
  found?.focus({ preventScroll: true });
  if (path.caret !== null && found?.setSelectionRange && found.type !== 'number') found.setSelectionRange(path.caret, path.caret);
}

/** What is drawn now, and whether a person has begun to fill in a form of it: that is not drawn over, except by the form itself. */
let shown = '';
let touched = false;
main.addEventListener('input', ({ target }) => {
  if (!['search', 'service'].includes(target.id)) touched = true;
});

async function drawOnce(isOwnWish) {
  const { section, id } = place();
  if (touched && !isOwnWish && shown === `${section}/${id}`) return;
  for (const link of document.querySelectorAll('.side a')) {
    if (link.getAttribute('href') === `#/${section}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  try {
    const drawn = await sections[section]({ id, refresh: () => draw(true) });
    const path = focusPath();
    const scrolled = main.querySelector('.list')?.scrollTop ?? 0;
    if (touched && !isOwnWish && shown === `${section}/${id}`) return;
    main.replaceChildren(...drawn);
    shown = `${section}/${id}`;
    touched = false;
    main.querySelector('.list')?.scrollTo(0, scrolled);
    restoreFocus(path);
  } catch (cause) {
    main.replaceChildren(empty(`The sandbox does not answer: ${cause.message}`));
  }
}

/** One after the other, so that a slow answer never overwrites a later one. */
function draw(isOwnWish = false) {
  drawing = drawing.then(() => drawOnce(isOwnWish));
  return drawing;
}

function showSummary({ now: time, counts }) {
  now.textContent = time.slice(0, 19).replace('T', ' ');
  now.dateTime = time;
  for (const element of document.querySelectorAll('[data-count]')) element.textContent = counts[element.dataset.count] || '';
  faultButton.hidden = counts.faults === 0;
  faultButton.textContent = `Clear ${counts.faults} fault${counts.faults === 1 ? '' : 's'}`;
}

async function look() {
  if (!document.hidden) {
    const summary = await get('/inbox/summary').catch(() => null);
    if (summary === null) now.textContent = 'not there';
    else {
      showSummary(summary);
      const isEditing = document.activeElement?.matches('main input:not(#search), main select:not(#service)') ?? false;
      // Calls that change nothing are news on their own page alone.
      const revision = `${summary.revision} ${place().section === 'calls' ? summary.calls : ''}`;
      if (revision !== seen && !isEditing) {
        seen = revision;
        await draw();
      }
    }
  }
  setTimeout(look, lookMs);
}

for (const button of document.querySelectorAll('[data-advance]')) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    const done = await post('/clock/advance', { seconds: Number(button.dataset.advance) }).catch(() => null);
    button.disabled = false;
    if (done !== null) notice(`It is ${done.now.slice(0, 19).replace('T', ' ')}, after ${done.steps} stops`);
    await draw();
  });
}

faultButton.addEventListener('click', async () => {
  await clear('/fault');
  faultButton.hidden = true;
  await draw();
});

const theme = document.getElementById('theme');
const showTheme = (name) => name && document.documentElement.setAttribute('data-theme', name);
showTheme(localStorage.getItem('theme'));
theme.addEventListener('click', () => {
  const isDark =
    document.documentElement.dataset.theme === 'dark' ||
    (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  localStorage.setItem('theme', isDark ? 'light' : 'dark');
  showTheme(isDark ? 'light' : 'dark');
});

addEventListener('hashchange', () => draw());
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.matches('input, select, textarea')) return;
  const search = document.getElementById('search');
  if (search === null) return;
  event.preventDefault();
  search.focus();
});
look();
