/** A message has content of its own or a template, never both: 1123 names the first field that is out of place. */
import type { Json } from '../../world/world.ts';
import { isObject } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';

export const templateFields: readonly string[] = ['TemplateId', 'TemplateAlias', 'TemplateModel', 'InlineCss'];
export const contentFields: readonly string[] = ['Subject', 'HtmlBody', 'TextBody'];

function checkAbsent(input: Json, fields: readonly string[], why: string): void {
  const field = isObject(input) ? fields.find((name) => (input[name] ?? null) !== null) : undefined;
  if (field !== undefined) throw new Refusal(1123, `A field was included in the request body that is not allowed: '${field}' ${why}.`);
}

/** For a message with a template. */
export const checkNoContent = (input: Json): void => checkAbsent(input, contentFields, 'comes from the template');

/** For a message with content of its own. */
export const checkNoTemplate = (input: Json): void => checkAbsent(input, templateFields, 'is for messages that are sent with a template');
