/** `/templates/validate`: tries content without keeping it. HTTP 200 whether or not the content is valid: that is the answer. */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { flagIn, isObject, type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { contentParts, layoutNamed, placeholderFault } from './checkTemplate.ts';
import { isShallow } from './isShallow.ts';
import { type Node, parseTemplate, withContent } from './mustachio/parse.ts';
import { RenderFault, render } from './mustachio/render.ts';
import { suggestModel } from './mustachio/suggestModel.ts';
import type { SyntaxFault } from './mustachio/tokenize.ts';
import type { Template, TemplateType } from './template.ts';
import { contentIn, templateTypeIn } from './templateInput.ts';

const fields = [
  'Subject',
  'HtmlBody',
  'TextBody',
  'TestRenderModel',
  'InlineCssForHtmlTestRender',
  'TemplateType',
  'LayoutTemplate',
  'Name',
  'Alias',
];

type Part = { field: string; nodes: Node[]; faults: SyntaxFault[] };

function readPart(field: string, source: string, type: TemplateType, layoutSource: string | null): Part {
  const { nodes, faults, contentCount } = parseTemplate(source);
  const misplaced = faults.length > 0 ? null : placeholderFault(type, field, contentCount);
  if (misplaced !== null) return { field, nodes: [], faults: [{ Message: misplaced, Line: 1, CharacterPosition: 1 }] };
  return {
    field,
    nodes: layoutSource === null || faults.length > 0 ? nodes : withContent(parseTemplate(layoutSource).nodes, nodes),
    faults,
  };
}

function section(part: Part | undefined, model: Json): Json {
  if (part === undefined) return null;
  const failed = (faults: SyntaxFault[]): Json => ({ ContentIsValid: false, ValidationErrors: faults, RenderedContent: null });
  if (part.faults.length > 0) return failed(part.faults);
  try {
    return { ContentIsValid: true, ValidationErrors: [], RenderedContent: render(part.nodes, model, part.field === 'HtmlBody') };
  } catch (fault) {
    if (!(fault instanceof RenderFault)) throw fault;
    return failed([{ Message: fault.message, Line: 1, CharacterPosition: 1 }]);
  }
}

function modelIn(body: JsonObject): Json {
  const model = body['TestRenderModel'] ?? {};
  if (!isObject(model) || !isShallow(model)) throw new Refusal(1122, "'TestRenderModel' must be an object of at most 100 levels.");
  return model;
}

const isValid = (shown: Json): boolean => shown === null || (isObject(shown) && shown['ContentIsValid'] === true);

export function validateTemplate(postmark: Postmark, record: ServerRecord, input: JsonObject): Json {
  const body = objectOf(input, fields);
  flagIn(body, 'InlineCssForHtmlTestRender');
  const type = templateTypeIn(textIn(body, 'TemplateType')) ?? 'Standard';
  const alias = textIn(body, 'LayoutTemplate') ?? '';
  const layout: Template | null = alias === '' ? null : layoutNamed(postmark, record.server.ID, alias);
  const content = contentIn(body);
  const parts = contentParts.flatMap(([field, part]) => {
    const source = content[part];
    return source === null ? [] : [readPart(field, source, type, layout?.[part] ?? null)];
  });
  if (parts.length === 0) throw new Refusal(1120, "A required template field is missing: 'Subject', 'HtmlBody' or 'TextBody'.");
  const model = suggestModel(
    parts.map(({ nodes }) => nodes),
    modelIn(body),
  );
  const shown = (field: string) =>
    section(
      parts.find((part) => part.field === field),
      model,
    );
  const sections = { HtmlBody: shown('HtmlBody'), TextBody: shown('TextBody'), Subject: shown('Subject') };
  return { AllContentIsValid: Object.values(sections).every(isValid), ...sections, SuggestedTemplateModel: model };
}
