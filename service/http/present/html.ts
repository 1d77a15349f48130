/** Pages for people, without a script and without anything from elsewhere: they work offline and behind the strictest policy. */

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** Text in which `code` is set as code. */
export const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');

export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dde3, #39424d); --soft: light-dark(#f4f6f8, #1c232b); --accent: light-dark(#0b5cad, #7db8f5); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: flex; gap: 2rem; max-width: 80rem; padding: 0 1.5rem 4rem; }
nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow: auto; min-width: 17rem; padding: 1.5rem 0; font-size: .85rem; }
nav ul { list-style: none; padding: 0; margin: 0 0 1rem; } nav a { color: inherit; text-decoration: none; } nav a:hover { color: var(--accent); }
main { flex: 1; min-width: 0; } h1 { margin: 1.2rem 0 .4rem; } h2 { margin: 2.5rem 0 .5rem; border-bottom: 1px solid var(--line); text-transform: capitalize; }
h3 { margin: 2rem 0 .3rem; font-size: 1rem; overflow-wrap: anywhere; } h4 { margin: 1rem 0 .2rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; opacity: .7; }
code, pre { font: .85em ui-monospace, monospace; } pre { background: var(--soft); padding: .8rem; overflow: auto; } a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); }
td p { margin: 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.verb { display: inline-block; min-width: 3.6rem; font: 700 .75rem ui-monospace, monospace; color: var(--accent); } .note { opacity: .7; }
details { margin: .3rem 0; } summary { cursor: pointer; } @media (max-width: 50rem) { body { display: block; } nav { position: static; max-height: none; } }
`;

export const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
  `<title>${escapeHtml(title)}</title><style>${style}</style></head><body>${body}</body></html>\n`;
