/** Every change of status among the newest configurations, and how many are in each. */
import type { Call } from './command.ts';
import { mistake } from './failure.ts';
import { configurationColumns } from './present/configurationColumns.ts';
import { table } from './present/table.ts';
import type { Configuration } from './wire.ts';

const limitDefault = 200;
const limitMax = 10_000;

/** Only `--until` of a single configuration can be reached, so it always answers false. */
export function watchFleet(call: Call): () => Promise<boolean> {
  if (call.text('until') !== undefined)
    throw mistake('--until needs a configuration', 'It is: postroute watch <configuration> --until STATUS');
  const { speak } = call;
  const api = call.api();
  const limit = call.number('limit', { min: 1, max: limitMax, fallback: limitDefault });
  const rows = table(configurationColumns(speak));
  const known = new Map<string, string>();
  return async () => {
    const all: Configuration[] = [];
    for await (const page of api.pages<Configuration>('/configuration', {}, limit)) all.push(...page);
    const first = known.size === 0;
    const changed = all.filter((one) => known.get(one.eId) !== stateOf(one));
    for (const one of all) known.set(one.eId, stateOf(one));
    // To begin with, only what is under way or needs somebody: a fleet at rest is no news.
    const shown = first ? changed.filter(({ canSend, status }) => !canSend && status !== 'REMOVED') : changed;
    if (speak.json) for (const one of shown) speak.document(one);
    else {
      if (first) speak.line(speak.style('bold', rows.head(shown)));
      for (const line of rows.rows(shown)) speak.line(line);
      speak.progress(summary(all));
    }
    return false;
  };
}

const stateOf = ({ operationalStatus, administrativeStatus, step, waitingOn }: Configuration): string =>
  [operationalStatus, administrativeStatus, step, waitingOn?.what].join(' ');

function summary(all: readonly Configuration[]): string {
  const counts = Map.groupBy(all, ({ status }) => status);
  return [...counts].map(([status, of]) => `${of.length} ${status}`).join(', ') || 'no configurations yet';
}
