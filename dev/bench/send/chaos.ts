/**
 * Exactly one: 10,000 messages while one call in five goes wrong and a replica is killed every few seconds. Each message must be captured once, none lost,
 * none stuck; the number of HELD jobs over time is printed and drawn.
 */
import { runChaos, type Sample } from '../chaos/run.ts';
import { saveChart } from '../chart.ts';

const options = { jobs: 10_000, tenants: 10, rate: 120, troubleShare: 0.2, killEveryMs: 3000, advanceSeconds: 20 };
const lineEveryS = 5;
const problemsShown = 20;

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n.toLocaleString('en')} ${name}`)
    .join(', ');

export const measureChaos = async (say: (line: string) => void): Promise<boolean> => {
  say(
    `${options.jobs.toLocaleString('en')} messages of ${options.tenants} tenants, trouble in ${options.troubleShare * 100} % of calls and of callbacks:`,
  );
  let next = 0;
  const result = await runChaos(options, ({ at, queued, sending, held, ended }: Sample, kills) => {
    if (at < next) return;
    next = at + lineEveryS;
    const figures = Object.entries({ queued, sending, HELD: held, ended, kills });
    say(`  ${at.toFixed(0).padStart(4)} s  ${figures.map(([name, n]) => `${name} ${String(n).padStart(6)}`).join('  ')}`);
  });
  const { samples, kills } = result;
  const series = (['held', 'queued', 'sending'] as const).map((name) => ({
    name,
    points: samples.map((sample) => [sample.at, sample[name]] as const),
  }));
  const path = saveChart('send-chaos', {
    title: 'Jobs that have not ended, while processes are killed',
    xLabel: 'seconds',
    yLabel: 'jobs',
    series,
    marks: kills,
  });
  say(`  killed ${kills.length} times in ${result.seconds.toFixed(0)} s; domain time moved on by ${result.domainSeconds} s meanwhile`);
  say(
    `  accepted ${result.taken.toLocaleString('en')}; ${result.lostAnswers} requests without an answer were asked again, ${result.replays} answers were replays`,
  );
  say(`  attempts: ${counted(result.outcomes)}`);
  say(`  jobs at the end: ${counted(result.statuses)}; HELD at most ${Math.max(...samples.map(({ held }) => held))}; drawn in ${path}`);
  for (const problem of result.problems.slice(0, problemsShown)) say(`  PROBLEM: ${problem}`);
  if (result.problems.length === 0) say(`  each message was captured exactly once`);
  else say(`  ${result.problems.length} problems`);
  return result.problems.length === 0 && result.taken === options.jobs;
};
