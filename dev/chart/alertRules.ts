/**
 * The alerts: Prometheus's own tool looks at their syntax and plays the table of helm/postroute/tests/alerts.yaml, and every alert leads to a page whose
 * name is on the list of pages.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { runbookPages } from '../../config/runbookPages.ts';
import { temporaryFolder } from '../temporaryFolder.ts';
import { fieldOf, type Manifest, ofKind } from './manifests.ts';
import type { Render } from './render.ts';

const groupsSchema = z.array(
  z.looseObject({
    rules: z.array(
      z.looseObject({ alert: z.string(), annotations: z.record(z.string(), z.string()), labels: z.record(z.string(), z.string()) }),
    ),
  }),
);

const rulesOf = (manifest: Manifest) => groupsSchema.parse(fieldOf(manifest, 'spec', 'groups')).flatMap(({ rules }) => rules);

/** A rule of every render: each alert says what it is, how bad, and where to read on. */
export function alertPages({ manifests }: Pick<Render, 'manifests'>): string[] {
  return ofKind(manifests, 'PrometheusRule')
    .flatMap(rulesOf)
    .flatMap(({ alert, annotations, labels }) => {
      const page = /^https:\/\/\S+\/([a-z-]+)\.md$/.exec(annotations['runbook_url'] ?? '')?.[1];
      return [
        ...(page === undefined ? [`${alert} has no runbook_url`] : []),
        ...(page === undefined || runbookPages.some(({ name }) => name === page) ? [] : [`${alert}: ${page} is not on the list of pages`]),
        ...(annotations['summary'] === undefined || annotations['description'] === undefined ? [`${alert} says not what it is`] : []),
        ...(['critical', 'warning'].includes(labels['severity'] ?? '') ? [] : [`${alert} says not how bad it is`]),
      ];
    });
}

/** Plays the table against the alerts of one render. Throws when `promtool` cannot be started. */
export async function alertTable(promtool: string, chart: string, render: Pick<Render, 'manifests'>): Promise<string[]> {
  const [rule] = ofKind(render.manifests, 'PrometheusRule');
  if (rule === undefined) return ['there is no PrometheusRule to look at'];
  const folder = temporaryFolder('alerts');
  try {
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: fieldOf(rule, 'spec', 'groups') }));
    copyFileSync(join(chart, 'tests/alerts.yaml'), join(folder, 'tests.yaml'));
    const calls = [
      ['check', 'rules', 'rules.yaml'],
      ['test', 'rules', 'tests.yaml'],
    ];
    const said = await Promise.all(calls.map((args) => run(promtool, args, folder)));
    return [...said.filter((text) => text !== null), ...neverFired(rule, readFileSync(join(folder, 'tests.yaml'), 'utf8'))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tableSchema = z.looseObject({
  tests: z.array(z.looseObject({ alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })) })),
});

/** An alert that the table never makes fire may be one that never can. */
function neverFired(rule: Manifest, table: string): string[] {
  const played = tableSchema.parse(parse(table)).tests.flatMap(({ alert_rule_test }) => alert_rule_test);
  const fired = new Set(played.filter(({ exp_alerts }) => exp_alerts.length > 0).map(({ alertname }) => alertname));
  return rulesOf(rule).flatMap(({ alert }) => (fired.has(alert) ? [] : [`${alert} fires nowhere in tests/alerts.yaml`]));
}

/** null when it was content. */
function run(program: string, args: readonly string[], cwd: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd }, (error, stdout, stderr) => {
      if (error === null) resolve(null);
      else if (typeof error.code === 'string') reject(error);
      else resolve(`promtool ${args.join(' ')}: ${stdout}${stderr}`.trim());
    });
  });
}
