/** A template and a model become the subject and the bodies of a message. */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { type Node, parseTemplate, withContent } from './mustachio/parse.ts';
import { render } from './mustachio/render.ts';
import type { Template } from './template.ts';

type Parts = { subject: string | null; htmlBody: string | null; textBody: string | null };
type ParsedParts = Record<keyof Parts, readonly Node[] | null>;

/** A batch renders one template five hundred times. Templates and their stand-ins are never changed in place, so a parse stays true. */
const parsedOnce = new WeakMap<Parts, ParsedParts>();

function parsed(parts: Parts): ParsedParts {
  const known = parsedOnce.get(parts);
  if (known !== undefined) return known;
  const nodesOf = (source: string | null) => (source === null ? null : parseTemplate(source).nodes);
  const fresh = { subject: nodesOf(parts.subject), htmlBody: nodesOf(parts.htmlBody), textBody: nodesOf(parts.textBody) };
  parsedOnce.set(parts, fresh);
  return fresh;
}

/** The layout of a template; a layout without the part in question leaves the template's as it is. */
export function layoutOf({ templates }: Postmark, template: Template): Template | null {
  return template.layout === null ? null : (templates.byAlias(template.serverId, template.layout) ?? null);
}

/** Throws RenderFault when the model does not fit. */
export function rendered(content: Parts, layout: Parts | null, model: Json): Parts {
  const inner = parsed(content);
  const outer = layout === null ? null : parsed(layout);
  const part = (name: 'htmlBody' | 'textBody'): string | null => {
    const nodes = inner[name];
    const around = outer?.[name] ?? null;
    if (nodes === null) return null;
    return render(around === null ? nodes : withContent(around, nodes), model, name === 'htmlBody');
  };
  return {
    subject: inner.subject === null ? null : render(inner.subject, model, false),
    htmlBody: part('htmlBody'),
    textBody: part('textBody'),
  };
}
