/** What a bulk request says: content once, and to whom with which model. */
import type { Json } from '../../world/world.ts';
import { type Address, addressesIn, senderIn } from '../email/address.ts';
import { attachmentsIn } from '../email/attachments.ts';
import { fromMax, headersIn, limited, recipientsIn, tagMax, trackLinksIn } from '../email/emailInput.ts';
import { metadataIn } from '../email/metadata.ts';
import type { Postmark } from '../postmark.ts';
import { flagIn, type JsonObject, listIn, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { checkNoContent, contentFields } from '../templates/contentOrTemplate.ts';
import { parseTemplate } from '../templates/mustachio/parse.ts';
import { layoutOf } from '../templates/renderTemplate.ts';
import { modelIn, templateNamed, templateNameIn } from '../templates/templatedEmail.ts';
import { contentIn } from '../templates/templateInput.ts';
import type { BulkContent } from './bulkRequest.ts';
import type { FieldErrors } from './fieldErrors.ts';

export const sharedFields = ['From', 'ReplyTo', 'Tag', 'Metadata', 'MessageStream', 'TrackOpens', 'TrackLinks', 'Attachments', 'Headers'];
const messageFields = ['To', 'Cc', 'Bcc', 'TemplateModel', 'Metadata', 'Headers'];

export const bulkBody = (body: Json | undefined): JsonObject =>
  objectOf(body, [...sharedFields, ...contentFields, 'TemplateId', 'TemplateAlias', 'InlineCss', 'Messages']);

const nobody: Address = { Email: '', Name: null };

/** Checks the fields that all messages share; answers who sends. */
export function sharedIn(body: JsonObject, errors: FieldErrors): Address {
  errors.read('ReplyTo', [], () => addressesIn('ReplyTo', textIn(body, 'ReplyTo')));
  errors.read('Tag', null, () => limited(body, 'Tag', tagMax));
  errors.read('Metadata', {}, () => metadataIn(body['Metadata']));
  errors.read('Headers', [], () => headersIn(listIn(body, 'Headers') ?? []));
  errors.read('TrackOpens', null, () => flagIn(body, 'TrackOpens'));
  errors.read('TrackLinks', null, () => trackLinksIn(body));
  errors.read('Attachments', [], () => attachmentsIn(listIn(body, 'Attachments') ?? []));
  return errors.read('From', nobody, () => senderIn(limited(body, 'From', fromMax)));
}

type Content = { content: BulkContent; layout: BulkContent | null };

const noContent: BulkContent = { subject: null, htmlBody: null, textBody: null };

/** A template, or content of its own, which is a template too. */
export function bulkContentIn(postmark: Postmark, serverId: number, body: JsonObject, errors: FieldErrors): Content {
  errors.read('InlineCss', null, () => flagIn(body, 'InlineCss'));
  const name = errors.read('TemplateId', { id: null, alias: null }, () => templateNameIn(body));
  if (name.id !== null || name.alias !== null) {
    for (const field of contentFields) errors.read(field, undefined, () => checkNoContent({ [field]: body[field] ?? null }));
    return errors.read(name.id === null ? 'TemplateAlias' : 'TemplateId', { content: noContent, layout: null }, () => {
      const template = templateNamed(postmark, serverId, name);
      const layout = layoutOf(postmark, template);
      return { content: partsOf(template), layout: layout === null ? null : partsOf(layout) };
    });
  }
  const content = errors.read('HtmlBody', noContent, () => contentIn(body));
  for (const [field, source] of [
    ['Subject', content.subject],
    ['HtmlBody', content.htmlBody],
    ['TextBody', content.textBody],
  ] as const) {
    errors.read(field, null, () => checkSyntax(field, source));
  }
  if ((content.htmlBody ?? '') === '' && (content.textBody ?? '') === '') errors.read('TextBody', null, refuseEmpty);
  return { content, layout: null };
}

function refuseEmpty(): never {
  throw new Refusal(300, 'Provide either email TextBody or HtmlBody or both.');
}

const partsOf = ({ subject, htmlBody, textBody }: BulkContent): BulkContent => ({ subject, htmlBody, textBody });

function checkSyntax(field: string, source: string | null): null {
  const [fault] = source === null ? [] : parseTemplate(source).faults;
  if (fault !== undefined) throw new Refusal(1122, `The template field '${field}' is not valid: ${fault.Message}`);
  return null;
}

/** A message's own metadata and headers add to those of the request. */
function messageIn(item: Json, body: JsonObject, errors: FieldErrors, at: string): JsonObject {
  const message = errors.read<JsonObject | null>(at, null, () => objectOf(item, messageFields));
  if (message === null) return {};
  errors.read(`${at}.To`, null, () => recipientsIn(message));
  errors.read(`${at}.TemplateModel`, null, () => modelIn(message['TemplateModel'] ?? {}));
  errors.read(`${at}.Headers`, [], () => headersIn(listIn(message, 'Headers') ?? []));
  errors.read(`${at}.Metadata`, {}, () => metadataIn(mergedMetadata(body, message)));
  return message;
}

export function mergedMetadata(body: JsonObject, message: JsonObject): Json {
  const [shared, own] = [body['Metadata'] ?? {}, message['Metadata'] ?? {}];
  return typeof shared === 'object' && typeof own === 'object' && !Array.isArray(own) ? { ...shared, ...own } : own;
}

export function messagesIn(body: JsonObject, errors: FieldErrors): JsonObject[] {
  const items = errors.read<Json[]>('Messages', [], () => {
    const list = listIn(body, 'Messages') ?? [];
    if (list.length === 0) throw new Refusal(300, 'Zero recipients specified');
    return list;
  });
  return items.map((item, index) => messageIn(item, body, errors, `Messages[${index}]`));
}
