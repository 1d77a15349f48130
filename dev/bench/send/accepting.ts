/**
 * How many messages a second are accepted: all gates, idempotency and the job on disk before the answer. Three rounds, each with pgbench, the service as
 * it is, and the same route with one transaction per request, on the same machine as the client; the sender is kept still.
 */
import { temporaryFolder } from '../../temporaryFolder.ts';
import { roundsChart, saveChart } from '../chart.ts';
import { type Cost, costing, costsOf } from '../load/cost.ts';
import { median, spread } from '../load/figures.ts';
import { measureFloor, prepareFloor } from '../load/floor.ts';
import { messageFor, onPostroute, pauseSending, type Running, sendable } from '../load/sendable.ts';
import { type LoadResult, underLoad } from '../load/wrk.ts';

const rounds = 3;
const seconds = 8;
const connections = 32;
const bars = { ofFloor: 0.75, ofSingle: 2.5, p99Ms: 25 } as const;
const alone = { EMAIL_ACCEPT_GROUP_MAX: '1', EMAIL_ACCEPT_GROUPS_AT_ONCE: '32' };

const prepared = async (running: Running) => {
  const id = await sendable(running, 'bench');
  await pauseSending(running);
  const load = {
    url: running.url('/job'),
    headers: running.headers('bench'),
    keyHeader: 'Idempotency-Key',
    bodies: [JSON.stringify(messageFor(id, 'ada@example.com'))],
    connections,
  };
  return (folder: string, forSeconds: number): Promise<LoadResult> => underLoad({ ...load, seconds: forSeconds }, folder);
};

export const measureAccepting = (say: (line: string) => void): Promise<boolean> =>
  onPostroute({}, (grouped) =>
    onPostroute(alone, async (single) => {
      const folder = temporaryFolder('bench');
      await prepareFloor(grouped.database);
      const [inGroups, oneByOne] = [await prepared(grouped), await prepared(single)];
      // The first requests of a process compile its code.
      for (const each of [inGroups, oneByOne]) await each(folder, 3);
      const floors: number[] = [];
      const together: LoadResult[] = [];
      const costs: Cost[] = [];
      const apart: LoadResult[] = [];
      for (let round = 0; round < rounds; round += 1) {
        floors.push(await measureFloor(grouped.ready.databaseUrl, folder, seconds));
        const { result, cost } = await costing(grouped, seconds, () => inGroups(folder, seconds));
        together.push(result);
        costs.push(cost);
        apart.push(await oneByOne(folder, seconds));
      }
      return tell(say, { floors, together, apart, costs });
    }),
  );

type Rounds = { floors: number[]; together: LoadResult[]; apart: LoadResult[]; costs: Cost[] };

const tell = (say: (line: string) => void, { floors, together, apart, costs }: Rounds): boolean => {
  const rates = together.map(({ rate }) => rate);
  const single = apart.map(({ rate }) => rate);
  const ofFloor = rates.map((rate, round) => rate / (floors[round] ?? Number.NaN));
  const ofSingle = rates.map((rate, round) => rate / (single[round] ?? Number.NaN));
  const p99 = together.map(({ p99Ms }) => p99Ms);
  const failed = [...together, ...apart].reduce((sum, one) => sum + one.failed, 0);
  say(`accepting, ${connections} connections of wrk, ${rounds} rounds of ${seconds} s, medians (and spread):`);
  say(`  pgbench, single-row commits, 32 clients   ${spread(floors)} /s`);
  say(
    `  accepted in groups                        ${spread(rates)} /s, p50 ${spread(together.map(({ p50Ms }) => p50Ms))} ms, p99 ${spread(p99)} ms`,
  );
  say(`  CPU of each: ${costsOf(costs)}`);
  say(`  one transaction per request               ${spread(single)} /s, p99 ${spread(apart.map(({ p99Ms }) => p99Ms))} ms`);
  say(
    `  ÷ pgbench ${spread(ofFloor)} (bar ${bars.ofFloor}), ÷ one by one ${spread(ofSingle)} (bar ${bars.ofSingle}), refused or lost ${failed}`,
  );
  const chart = roundsChart('Accepting messages', 'a second', { pgbench: floors, 'in groups': rates, 'one by one': single });
  say(`  chart: ${saveChart('accepting', chart)}`);
  return median(ofFloor) >= bars.ofFloor && median(ofSingle) >= bars.ofSingle && median(p99) <= bars.p99Ms && failed === 0;
};
