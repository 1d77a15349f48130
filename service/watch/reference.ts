/** Metrics and log lines, for people. `node service/watch/reference.ts > service/watch/TELEMETRY.md` writes the page, and `npm run check` compares it. */
import { type DeclaredMetric, declaredMetrics, prometheusName } from './declare.ts';
import type { LogEvent } from './logEvent.ts';
import { logEvents } from './logEvents.ts';
import { createMetrics } from './metrics.ts';

const families = [
  ['email.configuration.lifecycle.', 'what becomes of configurations'],
  ['email.send.', 'messages, from acceptance to the provider'],
  ['email.webhook.', 'what the provider reports back'],
  ['email.drift.', 'what was found to differ from the world outside'],
  ['email.material_registry.refresh.', 'the keys that server tokens are sealed under'],
  ['', 'the process itself, outside the five families'],
] as const;

export async function telemetryReference(): Promise<string> {
  const { registry } = createMetrics();
  const metrics = declaredMetrics();
  const names = new Set(metrics.map(({ name }) => prometheusName(name)));
  const others = (await registry.getMetricsAsJSON()).filter(({ name }) => !names.has(name));
  return `# Telemetry

Generated from \`service/watch\` by \`node service/watch/reference.ts > service/watch/TELEMETRY.md\`.

Five families of metrics and log lines, and what the process says besides. \`/metrics\` has the metrics under their names with underscores for dots; Sentry
is given counters as rises and gauges as values under the names as they stand here. A log line is JSON with \`time\`, \`level\`, \`partition\`, \`event\`, its fields
and \`msg\`; those of the five families, and every warning or error, go to Sentry too. No label and no field holds a recipient's address or a secret.

${families.map(([prefix, what]) => section(prefix, what, metrics)).join('\n\n')}

Besides, Node's and the process's own, as \`prom-client\` has them: ${others.map(({ name }) => `\`${name}\``).join(', ')}.

## Traces

Where \`tracing.endpoint\` (\`OTEL_EXPORTER_OTLP_ENDPOINT\`) names a collector that takes OTLP over HTTP, each request of the API is a span \`METHOD route\`. What
it leads to is part of its trace, over restarts and replicas, because the trace's id is kept with the message and the effect: \`POST /email\` or
\`POST /email/batch\` for each try, \`webhook {type}\` for each callback about it, and \`create-server\`, \`create-domain\`, \`install-webhook\`, \`write-records\` and
the others for the steps of a configuration. A \`traceparent\` that comes with a request is continued, and its decision stands; of the others
\`tracing.sampleRatio\` are recorded. A span holds route, status, ids and outcome, and never an address, a path, a header or a body.
`;
}

function section(prefix: string, what: string, metrics: readonly DeclaredMetric[]): string {
  const isOurs = ({ name }: { name: string }): boolean =>
    prefix === '' ? !families.some(([other]) => other !== '' && name.startsWith(other)) : name.startsWith(prefix);
  const title = prefix === '' ? 'The process' : `\`${prefix}*\``;
  return [
    `## ${title}: ${what}`,
    table([['metric', 'kind', 'labels', 'what it says'], ...metrics.filter(isOurs).map(metricRow)]),
    table([['log line', 'level', 'fields', 'when'], ...logEvents.filter(isOurs).map(eventRow)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const metricRow = ({ name, kind, help, labels }: DeclaredMetric): string[] => [`\`${name}\``, kind, labelsOf(labels), help];

const labelsOf = (labels: DeclaredMetric['labels']): string =>
  Object.entries(labels)
    .map(([label, words]) => (words === null ? `\`${label}\`` : `\`${label}\`: ${words.join(', ')}`))
    .join('; ') || '–';

const eventRow = ({ name, level, fields, what }: LogEvent<string>): string[] => [
  `\`${name}\``,
  level,
  Object.entries(fields)
    .map(([field, meaning]) => `\`${field}\`: ${meaning}`)
    .join('; ') || '–',
  what,
];

/** A head and no rows is no table. */
function table([head = [], ...rows]: readonly string[][]): string {
  if (rows.length === 0) return '';
  const cells = [head, ...rows].map((each) => each.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...cells.map((each) => each[column]?.length ?? 0)));
  const line = (each: readonly string[]): string => `| ${each.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...body] = cells;
  return [line(first), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}

if (import.meta.main) process.stdout.write(await telemetryReference());
