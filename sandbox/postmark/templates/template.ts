import type { Json } from '../../world/world.ts';

export const templateTypes = ['Standard', 'Layout'] as const;
export type TemplateType = (typeof templateTypes)[number];

/** `layout` is the alias of another template of the same server. Never changed in place: an edit puts a new one in its stead. */
export type Template = {
  readonly id: number;
  readonly serverId: number;
  readonly name: string;
  readonly alias: string | null;
  readonly type: TemplateType;
  readonly subject: string | null;
  readonly htmlBody: string | null;
  readonly textBody: string | null;
  readonly layout: string | null;
};

/** What lists, creates and edits answer. */
export const listedTemplate = (template: Template): { [field: string]: Json } => ({
  Active: true,
  TemplateId: template.id,
  Name: template.name,
  Alias: template.alias,
  TemplateType: template.type,
  LayoutTemplate: template.layout,
});

export const shownTemplate = (template: Template): { [field: string]: Json } => ({
  ...listedTemplate(template),
  Subject: template.subject ?? '',
  HtmlBody: template.htmlBody,
  TextBody: template.textBody,
  AssociatedServerId: template.serverId,
});
