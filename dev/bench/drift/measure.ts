/** One stage that grows from size to size; at each, runs are measured, and what they cost is held against the bars and the size before. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { onStage, type Stage } from '../lifecycle/stage.ts';
import { cpuSecondsOf } from '../load/cpuSeconds.ts';
import { type FleetSite, seedFleet } from './fleet.ts';

const assertions = ['postmarkInventory', 'registry', 'dns'];
/** The first compiles code; the median of the others is told. */
const runs = 4;
const rssMbMax = 300;
const recordsPerCall = 300;
const serversPerCall = 500;
/** Of a configuration's share of the time, at one size against the size before. */
const slopeMax = 1.5;

type Measured = { seconds: number; cpu: number; rssMb: number; serverCalls: number; recordCalls: number };

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const kilobytes = (pid: number, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function siteOf(stage: Stage): Promise<FleetSite> {
  const { ready, database } = stage;
  const state = (await (await fetch(`${ready.sandbox.control}/state`)).json()) as {
    postmark: { accountTokens: string[] };
    route53: { zones: { Id: string; Name: string }[] };
  };
  const { current } = (await stage.api('GET', '/material')).body as { current: string };
  const [zone] = state.route53.zones;
  return {
    postmark: ready.sandbox.postmark,
    route53: ready.sandbox.route53,
    accountToken: state.postmark.accountTokens[0] ?? '',
    zone: { id: (zone?.Id ?? '').replace('/hostedzone/', ''), name: (zone?.Name ?? '').replace(/\.$/, '') },
    database,
    keyVersionId: current,
    writtenAt: new Date(Date.now() - 86_400_000),
  };
}

const listCalls = async (stage: Stage) => {
  const { postmark, route53 } = await stage.calls();
  return { servers: postmark['GET /servers'] ?? 0, records: route53['ListResourceRecordSets'] ?? 0 };
};

type Result = { name: string; outcome: string; findings: number; skipped: number; listCalls: number };

/** The run is watched in the database, so that watching costs the service nothing. */
async function oneRun({ api, database, ready }: Stage): Promise<Measured> {
  const pid = ready.pids.service[0] ?? 0;
  // The peak that follows is this run's own.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const cpuBefore = cpuSecondsOf(pid);
  const from = performance.now();
  const { runId } = (await api('POST', '/drift/run', { body: { assertions } })).body as { runId: string };
  for (;;) {
    const { rows } = await database.query<{ results: Result[]; begun: Date | null; finished: Date | null }>(
      'select results, started_at as begun, finished_at as finished from drift_run where id = $1',
      [runId],
    );
    const [row] = rows;
    if (row?.finished != null) {
      for (const { name, outcome, findings, skipped } of row.results)
        if (outcome !== 'completed' || findings > 0 || skipped > 0)
          throw new Error(`${name} ${outcome}: ${findings} findings, ${skipped} skipped`);
      const callsOf = (name: string): number => row.results.find((result) => result.name === name)?.listCalls ?? 0;
      return {
        seconds: (performance.now() - from) / 1000,
        cpu: cpuSecondsOf(pid) - cpuBefore,
        rssMb: kilobytes(pid, 'VmHWM') / 1024,
        serverCalls: callsOf('postmarkInventory'),
        recordCalls: callsOf('dns'),
      };
    }
    await pause(20);
  }
}

export async function measureDrift(say: (line: string) => void, sizes: readonly number[]): Promise<boolean> {
  return onStage({ counted: false }, async (stage) => {
    const site = await siteOf(stage);
    say('configurations   seconds   CPU s   peak RSS MB   server pages   record pages   CPU µs each');
    let met = true;
    let seeded = 0;
    let before: number | null = null;
    for (const size of sizes) {
      await seedFleet(site, seeded, size);
      seeded = size;
      await stage.database.query('vacuum analyze configuration');
      const callsBefore = await listCalls(stage);
      const measured: Measured[] = [];
      for (let run = 0; run < runs; run += 1) measured.push(await oneRun(stage));
      const callsAfter = await listCalls(stage);
      const warm = measured.slice(1);
      const cpu = median(warm.map((each) => each.cpu));
      const rssMb = Math.max(...warm.map((each) => each.rssMb));
      const { serverCalls, recordCalls } = warm[0] ?? { serverCalls: 0, recordCalls: 0 };
      const each = (cpu / size) * 1e6;
      say(
        `${String(size).padStart(14)}${median(warm.map(({ seconds }) => seconds))
          .toFixed(1)
          .padStart(10)}${cpu.toFixed(1).padStart(8)}` +
          `${rssMb.toFixed(0).padStart(14)}${String(serverCalls).padStart(15)}${String(recordCalls).padStart(15)}${each.toFixed(0).padStart(14)}`,
      );
      // Two records each, and the zone's own NS and SOA.
      const bars = [
        callsAfter.servers - callsBefore.servers <= runs * Math.ceil(size / serversPerCall),
        callsAfter.records - callsBefore.records <= runs * Math.ceil((2 * size + 2) / recordsPerCall),
        rssMb <= rssMbMax,
        before === null || each <= before * slopeMax,
      ];
      met &&= bars.every(Boolean);
      before = each;
    }
    return met;
  });
}
