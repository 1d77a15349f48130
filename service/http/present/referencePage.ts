/** The reference: the OpenAPI document laid out as one page. */
import { type CallShape, curlLine } from './curlLine.ts';
import { escapeHtml, page, prose } from './html.ts';
import { type JsonSchema, schemaTable } from './schemaTable.ts';

type Media = Record<string, { schema?: JsonSchema }>;
type Operation = {
  tags?: string[];
  summary?: string;
  description?: string;
  operationId?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: JsonSchema }[];
  requestBody?: { required?: boolean; content: Media };
  responses?: Record<string, { description?: string; content?: Media }>;
  security?: unknown[];
};
export type OpenapiDocument = {
  info: { title: string; version: string; description?: string };
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, JsonSchema> };
};
type Listed = { verb: string; path: string; operation: Operation };

const operationsByTag = (document: OpenapiDocument): Map<string, Listed[]> => {
  const listed = Object.entries(document.paths ?? {}).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ verb, path, operation })),
  );
  return Map.groupBy(listed, ({ operation }) => operation.tags?.[0] ?? 'process');
};

const verb = (name: string): string => `<span class="verb">${escapeHtml(name.toUpperCase())}</span>`;

const contents = (groups: Map<string, Listed[]>): string =>
  [...groups]
    .map(([tag, listed]) => {
      const items = listed.map(
        (each) =>
          `<li><a href="#${escapeHtml(each.operation.operationId ?? '')}">${verb(each.verb)} ${escapeHtml(shortPath(each.path))}</a></li>`,
      );
      return `<strong>${escapeHtml(tag)}</strong><ul>${items.join('')}</ul>`;
    })
    .join('');

const shortPath = (path: string): string => path.replace(/^\/v1\/shop-access\/email/, '');

const parametersTable = ({ parameters = [] }: Operation): string => {
  const rows = parameters.map(
    ({ name, in: where, required, description, schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required ? '' : ' <span class="note">optional</span>'}</td><td>${escapeHtml(where)}</td>` +
      `<td>${prose(description ?? schema?.description ?? '')}</td></tr>`,
  );
  return rows.length === 0 ? '' : `<h4>Parameters</h4><table>${rows.join('')}</table>`;
};

const firstSchema = (content: Media | undefined): JsonSchema | undefined => Object.values(content ?? {})[0]?.schema;

const replyRow = ([status, { description = '', content }]: [string, { description?: string; content?: Media }]): string => {
  const schema = firstSchema(content);
  const shape = schema === undefined || Number(status) >= 400 ? '' : schemaTable(schema);
  const said = description === 'Default Response' ? '' : prose(description);
  return `<tr><td><code>${escapeHtml(status)}</code></td><td>${said}${shape}</td></tr>`;
};

/** Callbacks are the provider's to make. */
const isForCallers = (path: string): boolean => !path.includes('postmark-events');

const section = ({ verb: name, path, operation }: Listed, schemas: Record<string, JsonSchema>): string => {
  const call: CallShape = operation;
  const body = firstSchema(operation.requestBody?.content);
  return (
    `<h3 id="${escapeHtml(operation.operationId ?? '')}">${verb(name)} <code>${escapeHtml(path)}</code></h3>` +
    `<p>${prose(operation.summary ?? '')}${operation.description === undefined ? '' : `. ${prose(operation.description)}`}</p>` +
    (isForCallers(path) ? `<pre>${escapeHtml(curlLine(name, path, call, schemas))}</pre>` : '') +
    parametersTable(operation) +
    (body === undefined ? '' : `<h4>Body</h4>${schemaTable(body)}`) +
    `<h4>Replies</h4><table>${Object.entries(operation.responses ?? {})
      .map(replyRow)
      .join('')}</table>`
  );
};

/** Schemas that the page refers to; the others are variants for machines. */
const schemaSections = (document: OpenapiDocument, referring: string): string =>
  Object.entries(document.components?.schemas ?? {})
    .filter(([name]) => referring.includes(`#schema-${name}"`))
    .map(([name, schema]) => `<h3 id="schema-${escapeHtml(name)}">${escapeHtml(name)}</h3>${schemaTable(schema)}`)
    .join('');

export const referencePage = (document: OpenapiDocument): string => {
  const groups = operationsByTag(document);
  const schemas = document.components?.schemas ?? {};
  const sections = [...groups]
    .map(([tag, listed]) => `<h2>${escapeHtml(tag)}</h2>${listed.map((each) => section(each, schemas)).join('')}`)
    .join('');
  // A record refers to others, which are then shown as well.
  const direct = schemaSections(document, sections);
  const { title, version, description = '' } = document.info;
  const links = '<p><a href="/openapi.json">openapi.json</a> · <a href="/problems">problems</a></p>';
  const variables =
    'Each call can be pasted into a shell where `KEY` is the operator key or a tenant’s, `URL` is where this page comes from, without its path, ' +
    '`TENANT` is a tenant, and `ID` what an address names.';
  return page(
    `${title} reference`,
    `<nav>${contents(groups)}</nav><main><h1>${escapeHtml(title)} <span class="note">${escapeHtml(version)}</span></h1><p>${prose(description)}</p>` +
      `${links}<p>${prose(variables)}</p>${sections}<h2>Schemas</h2>${schemaSections(document, sections + direct)}</main>`,
  );
};
