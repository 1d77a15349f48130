/** What must be true of a template before it is kept, whether it was made, edited, or pushed from another server. */
import type { Postmark } from '../postmark.ts';
import { Refusal } from '../rim/refusal.ts';
import { parseTemplate } from './mustachio/parse.ts';
import type { Template, TemplateType } from './template.ts';

export const templateNotFound = (field: 'Alias' | 'TemplateId' | 'LayoutTemplate'): Refusal =>
  new Refusal(1101, `The Template's '${field}' associated with this request is not valid or was not found.`);

export const contentParts = [
  ['Subject', 'subject'],
  ['HtmlBody', 'htmlBody'],
  ['TextBody', 'textBody'],
] as const;

/** The layout that `alias` names, or 1101. */
export function layoutNamed({ templates }: Postmark, serverId: number, alias: string): Template {
  const layout = templates.byAlias(serverId, alias);
  if (layout?.type !== 'Layout') throw templateNotFound('LayoutTemplate');
  return layout;
}

export const dependentsOf = ({ templates }: Postmark, layout: Template): Template[] =>
  templates
    .ofServer(layout.serverId)
    .filter((template) => template.layout !== null && template.layout.toLowerCase() === layout.alias?.toLowerCase());

/** Exactly one placeholder in each body of a layout, none anywhere else; null when that is so. */
export function placeholderFault(type: TemplateType, field: string, count: number): string | null {
  if (type === 'Layout' && field !== 'Subject')
    return count === 1 ? null : `The layout content placeholder must be present exactly once in the layout's '${field}': {{{@content}}}.`;
  return count === 0 ? null : 'The layout content placeholder must be present in the body of a layout only.';
}

function checkFields(template: Template): void {
  const missing = (field: string) => new Refusal(1120, `A required template field is missing: '${field}'.`);
  if (template.name === '') throw missing('Name');
  if (template.type === 'Layout') {
    if (template.subject !== null)
      throw new Refusal(1123, "A field was included in the request body that is not allowed: a layout has no 'Subject'.");
    if (template.layout !== null)
      throw new Refusal(1123, "A field was included in the request body that is not allowed: a layout has no 'LayoutTemplate'.");
  } else if (template.subject === null) throw missing('Subject');
  if (template.htmlBody === null && template.textBody === null) throw missing("HtmlBody' or 'TextBody");
}

function checkContent(template: Template): void {
  for (const [field, part] of contentParts) {
    const source = template[part];
    if (source === null) continue;
    const { faults, contentCount } = parseTemplate(source);
    if (faults[0] !== undefined) throw new Refusal(1122, `The template field '${field}' is not valid: ${faults[0].Message}`);
    const misplaced = placeholderFault(template.type, field, contentCount);
    if (misplaced !== null) throw new Refusal(1131, misplaced);
  }
}

export function checkTemplate(postmark: Postmark, template: Template): void {
  checkFields(template);
  if (template.alias !== null) {
    const holder = postmark.templates.byAlias(template.serverId, template.alias);
    if (holder !== undefined && holder.id !== template.id) throw new Refusal(1122, `The 'Alias' '${template.alias}' is already in use.`);
  }
  if (template.layout !== null) layoutNamed(postmark, template.serverId, template.layout);
  checkContent(template);
}

export function checkRoom({ settings, templates }: Postmark, serverId: number, coming: number): void {
  if (templates.ofServer(serverId).length + coming > settings.templatesPerServer.value) throw new Refusal(1105);
}
