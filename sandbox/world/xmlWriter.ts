/** XML as AWS answers it: elements and text, no attributes but the namespace. */

/** An array repeats its element; undefined is left out. */
export type XmlNode = string | number | boolean | undefined | readonly XmlNode[] | { readonly [tag: string]: XmlNode };

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Control characters have no place in XML 1.0, escaped or not. */
const escapeText = (text: string): string =>
  [...text]
    .filter((character) => character >= ' ' || character === '\t' || character === '\n' || character === '\r')
    .map((character) => escapes[character] ?? character)
    .join('');

const isList = (node: XmlNode): node is readonly XmlNode[] => Array.isArray(node);

function element(tag: string, node: XmlNode): string {
  if (node === undefined) return '';
  if (isList(node)) return node.map((item) => element(tag, item)).join('');
  return `<${tag}>${content(node)}</${tag}>`;
}

function content(node: Exclude<XmlNode, undefined | readonly XmlNode[]>): string {
  if (typeof node !== 'object') return escapeText(String(node));
  return Object.entries(node)
    .map(([tag, child]) => element(tag, child))
    .join('');
}

export function xmlDocument(root: string, namespace: string, node: { readonly [tag: string]: XmlNode }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${content(node)}</${root}>`;
}
