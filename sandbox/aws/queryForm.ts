/** The form body of AWS's Query protocol as an object: `Tags.member.1.Key=a` is `{ Tags: { member: [{ Key: 'a' }] } }`. */

type Node = string | Node[] | { [name: string]: Node };

/** Deeper or further apart is no call of ours. */
const partsMax = 12;
const indexMax = 10_000;

function asList(node: { [name: string]: Node }): Node[] {
  const indexed = Object.entries(node).filter(([index]) => /^\d{1,5}$/.test(index) && Number(index) <= indexMax);
  return indexed.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => listed(item));
}

/** Turns what is beneath every `member` into an array. */
function listed(node: Node): Node {
  if (typeof node === 'string' || Array.isArray(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, child]) => [
      name,
      name === 'member' && typeof child === 'object' && !Array.isArray(child) ? asList(child) : listed(child),
    ]),
  );
}

export function readQueryForm(body: string): { [name: string]: Node } {
  const root: { [name: string]: Node } = Object.create(null);
  for (const [path, value] of new URLSearchParams(body)) {
    const parts = path.split('.').slice(0, partsMax);
    const last = parts.pop() ?? '';
    let at = root;
    for (const part of parts) {
      const known = at[part];
      const next: { [name: string]: Node } = typeof known === 'object' && !Array.isArray(known) ? known : Object.create(null);
      at[part] = next;
      at = next;
    }
    at[last] = value;
  }
  const read = listed(root);
  return typeof read === 'object' && !Array.isArray(read) ? read : {};
}
