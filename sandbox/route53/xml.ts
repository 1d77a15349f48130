/** XML as Route 53 speaks it: elements and text, no attributes but the namespace. */
import { XMLParser } from 'fast-xml-parser';
import type { z } from 'zod';
import type { RimAnswer } from '../world/httpRim.ts';
import { type XmlNode, xmlDocument } from '../world/xmlWriter.ts';
import { Route53Error } from './route53Error.ts';

const namespace = 'https://route53.amazonaws.com/doc/2013-04-01/';

export type { XmlNode };

export function xmlAnswer(status: number, root: string, node: { readonly [tag: string]: XmlNode }): RimAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body: xmlDocument(root, namespace, node) };
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

const malformed = (reason: string) => new Route53Error('MalformedInput', `The body is not well-formed XML: ${reason}`);

/** Characters that XML 1.0 has. */
const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

/** What the parser is lenient about: it would pass over entities that it does not know, and knows those of HTML. */
function refuseEntities(text: string): void {
  if (/<!DOCTYPE/i.test(text)) throw malformed('a document type is not taken');
  for (const [reference, decimal, hexadecimal, name] of text
    .replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')
    .matchAll(/&(?:#(\d+)|#x([0-9a-f]+)|([^\s;&<]*));?/gi)) {
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
    const isKnown = reference.endsWith(';') && (name === undefined ? isXmlCharacter(code) : /^(amp|lt|gt|quot|apos)$/.test(name));
    if (!isKnown) throw malformed(`'${reference.slice(0, 20)}' stands for no character`);
  }
}

/** The parsed body, for a schema to check. */
export function readXml(body: Buffer): unknown {
  const text = body.toString('utf8');
  refuseEntities(text);
  try {
    return parser.parse(text, true);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : 'unreadable');
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
