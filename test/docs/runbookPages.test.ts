/** The runbooks as a set: every alert leads to a page, every page is on the list and in the index, keeps its form, and is played by a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type RunbookPage, runbookPages } from '../../config/runbookPages.ts';
import { root } from './support/page.ts';
import { runbook } from './support/stage.ts';

const written = readdirSync(`${root}runbooks`)
  .filter((file) => file !== 'README.md')
  .map((file) => file.replace(/\.md$/, ''));

const alertsSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), annotations: z.object({ runbook: z.string() }) })) })),
});
const alerts = alertsSchema
  .parse(parse(readFileSync(`${root}helm/postroute/files/alerts.yaml`, 'utf8')))
  .groups.flatMap(({ rules }) => rules);

const tests = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(`${root}test/${file}`, 'utf8'));

const formOf = (name: string): RunbookPage['for'] => runbookPages.find((page) => page.name === name)?.for ?? 'task';
const alertHeadings = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'];

describe('every page', () => {
  test.each(written)('%s is on the list and in the index, and is played by a test', (name) => {
    expect(runbookPages.map((page) => page.name)).toContain(name);
    expect(runbook('README').text).toContain(`](${name}.md)`);
    expect(tests.some((text) => new RegExp(`\\b(paste|pasteUntil|typed|typedUntil|attempt)\\(\\[?'${name}',`).test(text))).toBe(true);
  });

  test.each(written)('%s has at most 60 lines, none of its commands hidden from the tests, and its form', (name) => {
    const { lines, headings, blocks } = runbook(name);
    expect(lines).toBeLessThanOrEqual(60);
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.filter(({ language }) => language !== 'sh')).toEqual([]);
    if (formOf(name) === 'alert') expect(headings).toEqual(alertHeadings);
    else expect(headings.length).toBeGreaterThanOrEqual(2);
  });
});

test('every page of the list is written', () => {
  const missing = runbookPages.map(({ name }) => name).filter((name) => !written.includes(name));
  expect(missing).toEqual([]);
});

test.each(alerts)('$alert leads to a page with the form of an alert’s', ({ annotations }) => {
  expect(runbookPages.filter((page) => page.for === 'alert').map(({ name }) => name)).toContain(annotations.runbook);
  expect(written.includes(annotations.runbook)).toBe(true);
});
