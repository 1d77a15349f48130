/** Elements from data. Text is always text: nothing that came from a message is ever read as markup here. */

/** `h('a', { href: '#/x', onclick }, 'text', child)`; false, null and undefined are left out. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const facts = (pairs) =>
  h(
    'dl',
    { class: 'facts' },
    Object.entries(pairs).flatMap(([name, value]) =>
      value === '' || value === null || value === undefined ? [] : [h('dt', null, name), h('dd', null, value)],
    ),
  );

export const pill = (text, tone = '') => h('span', { class: `pill ${tone}` }, text);

export const table = (heads, rows) =>
  h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((cells) =>
          h(
            'tr',
            null,
            cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : h('td', null, cell))),
          ),
        ),
      ),
    ),
  );

export const empty = (text) => h('p', { class: 'empty' }, text);

const noticeMs = 6000;

export function notice(text, tone = '') {
  const shown = h('div', { class: `notice ${tone}` }, text);
  document.getElementById('notices').append(shown);
  setTimeout(() => shown.remove(), noticeMs);
}
