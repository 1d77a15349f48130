/** What may be said of a template, on create and on edit. */
import type { Json } from '../../world/world.ts';
import { type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { type TemplateType, templateTypes } from './template.ts';

const inputFields = ['Name', 'Alias', 'Subject', 'HtmlBody', 'TextBody', 'TemplateType', 'LayoutTemplate'];
/** Known of a template, and set by Postmark. */
const setByPostmark = ['TemplateId', 'Active', 'AssociatedServerId'];

/** Not published for templates; those of a message, and of a domain's name. */
const nameMax = 255;
const subjectMax = 2000;
const bodyMaxBytes = 5 * 1024 * 1024;

export type TemplateInput = {
  name: string | null;
  /** Empty: take it away. */
  alias: string | null;
  type: TemplateType | null;
  subject: string | null;
  htmlBody: string | null;
  textBody: string | null;
  /** Empty: take it away; null as well, unless the field was left out. */
  layout: string | null;
};

export function templateTypeIn(value: string | null): TemplateType | null {
  if (value === null) return null;
  const known = templateTypes.find((type) => type.toLowerCase() === value.toLowerCase());
  if (known === undefined) throw new Refusal(1122, `The 'TemplateType' '${value}' is not valid. It must be Standard or Layout.`);
  return known;
}

function limited(body: JsonObject, field: string, max: number, sizeOf: (text: string) => number): string | null {
  const value = textIn(body, field);
  if (value !== null && sizeOf(value) > max)
    throw new Refusal(1121, `The template field '${field}' is too large: it is limited to ${max}.`);
  return value;
}

const characters = (text: string): number => text.length;

function aliasIn(body: JsonObject): string | null {
  const alias = limited(body, 'Alias', nameMax, characters);
  if (alias === null || alias === '' || /^[a-z][a-z0-9._-]*$/i.test(alias)) return alias;
  throw new Refusal(
    1122,
    `The 'Alias' '${alias}' is not valid: it must start with a letter and have only letters, digits, '.', '-' and '_'.`,
  );
}

export function contentIn(body: JsonObject): Pick<TemplateInput, 'subject' | 'htmlBody' | 'textBody'> {
  return {
    subject: limited(body, 'Subject', subjectMax, characters),
    htmlBody: limited(body, 'HtmlBody', bodyMaxBytes, Buffer.byteLength),
    textBody: limited(body, 'TextBody', bodyMaxBytes, Buffer.byteLength),
  };
}

export function templateIn(input: JsonObject): TemplateInput {
  const misplaced = setByPostmark.filter((field) => input[field] !== undefined);
  if (misplaced.length > 0) throw new Refusal(1123, `A field was included in the request body that is not allowed: '${misplaced[0]}'.`);
  const body = objectOf(input, inputFields);
  const cleared: Json | undefined = body['LayoutTemplate'];
  return {
    name: limited(body, 'Name', nameMax, characters)?.trim() ?? null,
    alias: aliasIn(body),
    type: templateTypeIn(textIn(body, 'TemplateType')),
    ...contentIn(body),
    layout: cleared === null ? '' : textIn(body, 'LayoutTemplate'),
  };
}
