import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { tell } from '../../service/watch/logEvent.ts';
import { logEvents } from '../../service/watch/logEvents.ts';
import { createLogger } from '../../service/watch/logger.ts';
import { createMetrics } from '../../service/watch/metrics.ts';
import { telemetryReference } from '../../service/watch/reference.ts';
import { codeOnly } from '../support/sourceText.ts';

const service = fileURLToPath(new URL('../../service/', import.meta.url));
const sources = readdirSync(service, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map(({ parentPath, name }) => ({
    path: `${parentPath}/${name}`.slice(service.length),
    text: readFileSync(`${parentPath}/${name}`, 'utf8'),
  }));
const families = /^email\.(configuration\.lifecycle|send|webhook|drift|material_registry\.refresh)\./;

describe('what the service tells of itself', () => {
  test('is on the page TELEMETRY.md, which is printed from the declarations', async () => {
    const page = readFileSync(`${service}watch/TELEMETRY.md`, 'utf8');
    expect(page, 'run: node service/watch/reference.ts > service/watch/TELEMETRY.md').toBe(await telemetryReference());
    for (const { name } of logEvents) expect(page).toContain(`| \`${name}\``);
  });

  test('is logged by declared lines alone', () => {
    const undeclared = sources
      .filter(({ path }) => path !== 'watch/logEvent.ts')
      .flatMap(({ path, text }) =>
        [...codeOnly(text).matchAll(/\b(logger|log)\s*(\.(trace|debug|info|warn|error|fatal)|\[[^\]]+\])\(/g)].map(
          ([call]) => `${path}: ${call}`,
        ),
      )
      // Sentry's own function of the same name.
      .filter((found) => !found.startsWith('ports/sentry.ts'));
    expect(undeclared).toEqual([]);
    expect(sources.filter(({ text }) => /\bconsole\.(log|info|warn|error)\(/.test(codeOnly(text))).map(({ path }) => path)).toEqual([]);
  });

  test('has no line and no metric that nobody writes', () => {
    const others = sources.filter(({ path }) => !path.startsWith('watch/')).map(({ text }) => text);
    const used = (words: string): boolean => others.some((text) => text.includes(words));
    const { registry, contentType, render, changes, ...groups } = createMetrics();
    const idle = Object.entries(groups).flatMap(([group, metrics]) =>
      Object.keys(metrics).flatMap((name) => (used(`metrics.${group}.${name}.`) ? [] : [`metrics.${group}.${name}`])),
    );
    expect([idle, typeof registry, typeof render, typeof changes, contentType.length > 0]).toEqual([
      [],
      'object',
      'function',
      'function',
      true,
    ]);
    const declared = sources.filter(({ path }) => /^watch\/\w+Events\.ts$/.test(path) && path !== 'watch/logEvents.ts');
    for (const { path, text } of declared) {
      const group = /export const (\w+) = \{/.exec(text)?.[1] ?? path;
      for (const [, name] of text.matchAll(/^ {2}(\w+): logEvent\(/gm)) expect(used(`${group}.${name}`), `${group}.${name}`).toBe(true);
    }
  });
});

describe('a log line', () => {
  test.each(logEvents.map((event) => [event.name, event] as const))('%s carries its name, its level and its fields', (_, event) => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'trace', base: {}, stream: { write: (line) => void lines.push(line) } });
    const values = Object.fromEntries(Object.keys(event.fields).map((field) => [field, `value of ${field}`]));
    tell(logger, event, values, event.level === 'error' ? new Error('the cause') : undefined);
    const line = JSON.parse(lines[0] ?? '{}');
    expect(line).toMatchObject({ event: event.name, level: event.level, ...values, msg: expect.stringMatching(/\S/) });
    if (event.level === 'error') expect(line.err).toMatchObject({ message: 'the cause' });
  });

  test('has a name of its own, in a family or of the process, and a meaning for each field', () => {
    expect(new Set(logEvents.map(({ name }) => name)).size).toBe(logEvents.length);
    for (const { name, what, fields } of logEvents) {
      expect(name).toMatch(families.test(name) ? families : /^(http|process)\./);
      expect([what, ...Object.values(fields)].filter((text) => text.trim() === '')).toEqual([]);
    }
  });

  test('has no field for an address of a recipient or for a secret', () => {
    const risky = /recipient|address|email|token|secret|key$|password|body|subject|url|path/i;
    expect(
      logEvents.flatMap(({ name, fields }) => Object.keys(fields).flatMap((field) => (risky.test(field) ? [`${name}.${field}`] : []))),
    ).toEqual([]);
  });

  test('that is below the level costs nothing: its message is not even put together', () => {
    const logger = createLogger({ level: 'warn', base: {}, stream: { write: () => undefined } });
    const [first] = logEvents;
    if (first === undefined) throw new Error('there are no lines');
    const asked: string[] = [];
    const message = (): string => String(asked.push('message'));
    tell(logger, { ...first, level: 'info', message }, {});
    expect(asked).toEqual([]);
  });
});
