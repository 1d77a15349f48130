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
