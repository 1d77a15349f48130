/** A message that names a template and a model, turned into the message that it stands for. */
import type { Json } from '../../world/world.ts';
import { type AcceptedInput, acceptInput, acceptTestEmail } from '../email/acceptEmail.ts';
import { emailFields } from '../email/emailInput.ts';
import type { Postmark } from '../postmark.ts';
import { flagIn, isObject, type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { templateNotFound } from './checkTemplate.ts';
import { checkNoContent, contentFields, templateFields } from './contentOrTemplate.ts';
import { isShallow } from './isShallow.ts';
import { RenderFault } from './mustachio/render.ts';
import { layoutOf, rendered } from './renderTemplate.ts';
import type { Template } from './template.ts';

const templatedFields = [...emailFields.filter((field) => !contentFields.includes(field)), ...templateFields];

export type TemplateName = { id: number | null; alias: string | null };

export function templateNameIn(body: JsonObject): TemplateName {
  const id = body['TemplateId'] ?? null;
  if (id !== null && typeof id !== 'number') throw new Refusal(402);
  return { id, alias: textIn(body, 'TemplateAlias') };
}

/** A layout cannot be sent by itself. */
export function templateNamed({ templates }: Postmark, serverId: number, { id, alias }: TemplateName): Template {
  const template = id !== null ? templates.byId(serverId, id) : alias === null ? undefined : templates.byAlias(serverId, alias);
  if (template?.type !== 'Standard') throw templateNotFound(id === null ? 'Alias' : 'TemplateId');
  return template;
}

export function modelIn(value: Json | undefined): Json {
  if (value === undefined || value === null) throw new Refusal(1120, "A required template field is missing: 'TemplateModel'.");
  if (!isObject(value) || !isShallow(value)) throw new Refusal(1122, "The 'TemplateModel' must be an object of at most 100 levels.");
  return value;
}

function named(body: JsonObject): TemplateName {
  const name = templateNameIn(body);
  if (name.id === null && (name.alias ?? '') === '')
    throw new Refusal(1101, "The request specifies neither 'TemplateId' nor 'TemplateAlias'.");
  return name;
}

function templatedIn(input: Json): JsonObject {
  checkNoContent(input);
  const body = objectOf(input, [...templatedFields, ...contentFields]);
  flagIn(body, 'InlineCss');
  return body;
}

function plainFields(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([field]) => ![...templateFields, ...contentFields].includes(field)));
}

function composed(postmark: Postmark, record: ServerRecord, input: Json): AcceptedInput {
  const body = templatedIn(input);
  const template = templateNamed(postmark, record.server.ID, named(body));
  const model = modelIn(body['TemplateModel']);
  const withParts = ({ subject, htmlBody, textBody }: Pick<Template, 'subject' | 'htmlBody' | 'textBody'>): JsonObject => ({
    ...plainFields(body),
    Subject: subject,
    HtmlBody: htmlBody,
    TextBody: textBody,
  });
  try {
    return { input: withParts(rendered(template, layoutOf(postmark, template), model)), failsToRender: false };
  } catch (fault) {
    if (!(fault instanceof RenderFault)) throw fault;
    if (postmark.settings.templateModelFault.value === 'refuse') throw new Refusal(1122, fault.message);
    return { input: withParts(template), failsToRender: true };
  }
}

export function acceptTemplated(postmark: Postmark, record: ServerRecord, input: Json, inBatch: boolean): Json {
  return acceptInput(postmark, record, composed(postmark, record, input), inBatch);
}

/** The test token belongs to no server, so there is no template to look for; everything else is looked at. */
export function acceptTestTemplated(postmark: Postmark, input: Json): Json {
  const body = templatedIn(input);
  named(body);
  modelIn(body['TemplateModel']);
  return acceptTestEmail(postmark, { ...plainFields(body), TextBody: '-' });
}
