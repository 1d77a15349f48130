/** The control API, as this page calls it. A refusal is told to whoever looks at the page, and thrown. */
import { notice } from './dom.js';

async function call(path, init) {
  const response = await fetch(path, init);
  const body = await response.json();
  if (response.ok) return body;
  notice(body.error, 'bad');
  throw new Error(body.error);
}

export const get = (path) => call(path, {});
export const post = (path, body) =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
export const clear = (path) => call(path, { method: 'DELETE' });
