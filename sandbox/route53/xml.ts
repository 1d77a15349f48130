/** XML as Route 53 speaks it: elements and text, no attributes but the namespace. */
import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import type { RimAnswer } from '../world/httpRim.ts';
import { Route53Error } from './route53Error.ts';

const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';

/** An array repeats its element; undefined is left out. */
export type XmlNode = string | number | boolean | undefined | readonly XmlNode[] | { readonly [tag: string]: XmlNode };

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);

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

function xmlDocument(root: string, node: { readonly [tag: string]: XmlNode }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${namespace}">${content(node)}</${root}>`;
}

export function xmlAnswer(status: number, root: string, node: { readonly [tag: string]: XmlNode }): RimAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body: xmlDocument(root, node) };
}

const repeated = new Set([
  'Change',
  'ResourceRecord',
  'Tag',
  'ResourceId',
  'ResourceRecordSetProtectionConfig',
  'ResourceRecordSetProtectionKey',
]);

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  removeNSPrefix: true,
  htmlEntities: true,
  // `Key` repeats beneath RemoveTagKeys, and is one field of a Tag.
  isArray: (name, path) => repeated.has(name) || (name === 'Key' && String(path).endsWith('RemoveTagKeys.Key')),
});

/** The parsed body, for a schema to check. */
export function readXml(body: Buffer): unknown {
  try {
    return parser.parse(body.toString('utf8'), true);
  } catch (cause) {
    throw new Route53Error('MalformedInput', `The body is not well-formed XML: ${cause instanceof Error ? cause.message : 'unreadable'}`);
  }
}

/** The checked body. A client that has no members to send sends no body at all, which reads as an empty element. */
export function readBody<S extends z.ZodType>(schema: S, body: Buffer, operation: string): z.output<S> {
  const read = schema.safeParse(body.length === 0 ? { [`${operation}Request`]: '' } : readXml(body));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new Route53Error(
    'InvalidInput',
    `${operation}: '${issue?.path.slice(1).join('.') ?? ''}' is missing or not valid: ${issue?.message ?? ''}`,
  );
}
