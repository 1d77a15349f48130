/**
 * Everything that can be known of the chart without a cluster: helm's own lint, every case of the matrix rendered, and each render held against the rules
 * and the types of the Kubernetes API. A part answers with what is wrong, one sentence each.
 */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { findProgram, lanes } from '../lanes.ts';
import { temporaryFolder } from '../temporaryFolder.ts';
import { alertPages, alertTable } from './alertRules.ts';
import { apiTypes } from './apiTypes.ts';
import { helm } from './helm.ts';
import { renderCases } from './matrix.ts';
import { type Render, type RenderCase, render } from './render.ts';
import { agreement } from './rules/agreement.ts';
import { environment } from './rules/environment.ts';
import { network } from './rules/network.ts';
import { operation } from './rules/operation.ts';
import { podSecurity } from './rules/podSecurity.ts';
import { references } from './rules/references.ts';

export type Part = { what: string; problems: readonly string[]; seconds: number };

type Rule = (render: Render) => readonly string[] | Promise<readonly string[]>;

const rules: readonly (readonly [what: string, rule: Rule])[] = [
  ['pod security, profile restricted', podSecurity],
  ['environment, nothing twice', environment],
  ['selectors and references', references],
  ['probes, budgets, images', operation],
  ['network policies', network],
  ['agreement with the settings of the service', agreement],
  ['alerts and their pages', alertPages],
];

/** `told`: called with each part as it ends. `chosen` takes some of the matrix; all of it when absent. */
export async function checkChart(
  chart: string,
  told: (part: Part) => void,
  chosen: (one: RenderCase) => boolean = () => true,
): Promise<Part[]> {
  const parts: Part[] = [];
  const part = async (what: string, look: () => Promise<{ problems: readonly string[]; count?: number }>): Promise<void> => {
    const from = performance.now();
    const { problems, count } = await look();
    const done = { what: count === undefined ? what : `${count} ${what}`, problems, seconds: (performance.now() - from) / 1000 };
    parts.push(done);
    told(done);
  };
  const cases = renderCases().filter(chosen);
  const renders: Render[] = [];
  await part('helm lint', () => lint(chart, cases));
  await part('renders', async () => {
    const problems = await renderAll(chart, cases, renders);
    return { problems, count: renders.length };
  });
  // Nothing was rendered, so that nothing else can be said.
  if (renders.length === 0) return parts;
  for (const [what, rule] of rules) await part(what, () => hold(renders, rule));
  await part('manifests held against the types of the Kubernetes API', () => apiTypes(renders));
  const promtool = promtoolPath();
  if (promtool !== null) await part('alerts, played', async () => ({ problems: await playAlerts(promtool, chart, renders) }));
  return parts;
}

const lane = lanes.find(({ name }) => name === 'promtool');

/** null when it is not here and need not be. Throws where everything is required. */
function promtoolPath(): string | null {
  const path = lane === undefined ? null : findProgram(lane);
  if (path === null && process.env['CI_REQUIRE_ALL'] === '1')
    throw new Error(`promtool is required here and missing; apt-get install ${lane?.debianPackage}`);
  return path;
}

async function lint(chart: string, [first]: readonly RenderCase[]): Promise<{ problems: string[] }> {
  if (first === undefined) return { problems: ['no case of the matrix was chosen'] };
  const answer = await helm(['lint', '--strict', chart, ...values(first.values)]);
  return { problems: answer.ok ? [] : [answer.problem] };
}

const values = (tree: object): string[] =>
  Object.entries(tree).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);

async function renderAll(chart: string, cases: readonly RenderCase[], renders: Render[]): Promise<string[]> {
  const folder = temporaryFolder('chart');
  const problems: string[] = [];
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      await render(chart, one, folder).then(
        (done) => renders.push(done),
        (error: unknown) => problems.push(error instanceof Error ? error.message : String(error)),
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One fault shows in every render; it is said once, with the first that has it. */
async function hold(renders: readonly Render[], rule: Rule): Promise<{ problems: string[] }> {
  const said = new Map<string, { first: string; count: number }>();
  for (const one of renders) {
    for (const problem of await rule(one)) {
      const before = said.get(problem);
      said.set(problem, { first: before?.first ?? one.name, count: (before?.count ?? 0) + 1 });
    }
  }
  return { problems: [...said].map(([problem, { first, count }]) => `${problem} (${first}${count > 1 ? `, and ${count - 1} more` : ''})`) };
}

async function playAlerts(promtool: string, chart: string, renders: readonly Render[]): Promise<string[]> {
  const one = renders.find(({ name }) => name === 'scraped and alerted');
  return one === undefined ? [] : alertTable(promtool, chart, one);
}
