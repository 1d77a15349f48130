/** What each answered request costs in CPU: what the cores of the machine are spent on, whatever else it does meanwhile. */
import { cpuSecondsOf, cpuSecondsOfTree } from './cpuSeconds.ts';
import { spread } from './figures.ts';
import type { Running } from './sendable.ts';
import type { LoadResult } from './wrk.ts';

/** Microseconds for each request. */
export type Cost = { service: number; database: number };

/** `load` takes so many seconds. */
export async function costing(of: Running, seconds: number, load: () => Promise<LoadResult>): Promise<{ result: LoadResult; cost: Cost }> {
  const worked = (): [number, number] => [cpuSecondsOf(of.ready.pids.service[0] ?? 0), cpuSecondsOfTree(of.postgresPid)];
  const [service, database] = worked();
  const result = await load();
  const [serviceAfter, databaseAfter] = worked();
  const each = (taken: number): number => (taken * 1e6) / (result.rate * seconds);
  return { result, cost: { service: each(serviceAfter - service), database: each(databaseAfter - database) } };
}

export const costsOf = (costs: readonly Cost[]): string =>
  `service ${spread(costs.map(({ service }) => service))} µs, database ${spread(costs.map(({ database }) => database))} µs`;
