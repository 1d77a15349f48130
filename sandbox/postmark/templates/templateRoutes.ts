import type { Json } from '../../world/world.ts';
import { account, bodyObject, type Call, type Route, server, textAt } from '../rim/call.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { checkRoom, checkTemplate, dependentsOf, templateNotFound } from './checkTemplate.ts';
import { pushTemplates } from './pushTemplates.ts';
import { listedTemplate, shownTemplate, type Template, templateTypes } from './template.ts';
import { type TemplateInput, templateIn } from './templateInput.ts';
import { validateTemplate } from './validateTemplate.ts';

function found(call: Call, record: ServerRecord): Template {
  const template = call.postmark.templates.byIdOrAlias(record.server.ID, textAt(call));
  if (template === undefined) throw templateNotFound(/^\d/.test(textAt(call)) ? 'TemplateId' : 'Alias');
  return template;
}

function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 1100);
  const type = call.query.text('templateType')?.toLowerCase() ?? 'all';
  if (!['all', ...templateTypes.map((known) => known.toLowerCase())].includes(type))
    throw new Refusal(1100, "Parameter 'templateType' must be one of All, Standard, Layout.");
  const layout = call.query.text('layoutTemplate')?.toLowerCase() ?? null;
  const matching = call.postmark.templates
    .ofServer(record.server.ID)
    .filter(
      (template) =>
        (type === 'all' || template.type.toLowerCase() === type) && (layout === null || template.layout?.toLowerCase() === layout),
    );
  return { TotalCount: matching.length, Templates: slicePage(matching, page).map(listedTemplate) };
}

/** Empty and absent are the same for what is kept. */
const kept = (value: string | null): string | null => (value === '' ? null : value);

function create(call: Call, record: ServerRecord): Json {
  const { postmark } = call;
  const input = templateIn(bodyObject(call, 1109));
  const id = postmark.templates.takeId();
  const type = input.type ?? 'Standard';
  const template: Template = {
    id,
    serverId: record.server.ID,
    name: input.name ?? '',
    // A layout is named by its alias, so one that was given none gets one.
    alias: kept(input.alias) ?? (type === 'Layout' ? `layout-${id}` : null),
    type,
    subject: kept(input.subject),
    htmlBody: kept(input.htmlBody),
    textBody: kept(input.textBody),
    layout: kept(input.layout),
  };
  checkTemplate(postmark, template);
  checkRoom(postmark, record.server.ID, 1);
  postmark.templates.put(template);
  postmark.world.touched();
  return listedTemplate(template);
}

/** What is not named stays; what is named and empty goes. */
function edited(template: Template, input: TemplateInput): Template {
  const of = (value: string | null, before: string | null) => (value === null ? before : kept(value));
  return {
    ...template,
    name: input.name ?? template.name,
    alias: of(input.alias, template.alias),
    subject: of(input.subject, template.subject),
    htmlBody: of(input.htmlBody, template.htmlBody),
    textBody: of(input.textBody, template.textBody),
    layout: of(input.layout, template.layout),
  };
}

/** Templates follow their layout to its new alias; a layout that has some cannot lose its alias. */
function edit(call: Call, record: ServerRecord): Json {
  const { postmark } = call;
  const before = found(call, record);
  const input = templateIn(bodyObject(call, 1109));
  if (input.type !== null && input.type !== before.type)
    throw new Refusal(1123, "'TemplateType' cannot be changed after the template is created.");
  const after = edited(before, input);
  checkTemplate(postmark, after);
  const dependents = dependentsOf(postmark, before);
  if (after.alias === null && dependents.length > 0) throw new Refusal(1130);
  postmark.templates.put(after);
  for (const dependent of dependents) postmark.templates.put({ ...dependent, layout: after.alias });
  postmark.world.touched();
  return listedTemplate(after);
}

function remove(call: Call, record: ServerRecord): Json {
  const template = found(call, record);
  if (dependentsOf(call.postmark, template).length > 0) throw new Refusal(1130);
  call.postmark.templates.remove(template);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Template ${template.id} removed.` };
}

/** `/templates/validate` and `/templates/push` stand before `{id}`. */
export const templateRoutes: readonly Route[] = [
  account('PUT', '/templates/push', (call) => pushTemplates(call.postmark, bodyObject(call, 1109))),
  server('POST', '/templates/validate', (call, record) => validateTemplate(call.postmark, record, bodyObject(call, 1109))),
  server('GET', '/templates', list),
  server('POST', '/templates', create),
  server('GET', '/templates/{id}', (call, record) => shownTemplate(found(call, record))),
  server('PUT', '/templates/{id}', edit),
  server('DELETE', '/templates/{id}', remove),
];
