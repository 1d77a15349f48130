/**
 * `npm run bench -- webhook`: callbacks verified, deduplicated and stored before they are answered, against pgbench's single-row commits in the same
 * round; and how long afterwards all of them have been acted on. Three rounds on one machine, the client's and the provider's processes included.
 * Ends with 1 when the bar is missed.
 */
import { temporaryFolder } from '../temporaryFolder.ts';
import { roundsChart, saveChart } from './chart.ts';
import { type Cost, costing, costsOf } from './load/cost.ts';
import { median, spread } from './load/figures.ts';
import { measureFloor, prepareFloor } from './load/floor.ts';
import { messageFor, onPostroute, pauseSending, type Running, sendable } from './load/sendable.ts';
import { needTools } from './load/tool.ts';
import { type LoadResult, underLoad } from './load/wrk.ts';
import { measureParts, type Say } from './parts.ts';

const rounds = 3;
const seconds = 8;
const connections = 32;
const ofFloorBar = 0.5;
/** Jobs that the callbacks are about: as many as a round gets through or more, since a job is delivered once, and opened about as often. */
const jobs = 10_000;
const batchSize = 500;

type Webhook = { Url: string; HttpHeaders: { Name: string; Value: string }[] };

/** What the provider was told to call, and what it presents: read from the provider, since the service shows its secrets to nobody. */
const webhookOf = async ({ control }: Running): Promise<{ url: string; headers: Record<string, string> }> => {
  const postmark = (await control('/state'))['postmark'] as { servers: { webhooks: Webhook[] }[] };
  const webhook = postmark.servers.flatMap(({ webhooks }) => webhooks)[0];
  if (webhook === undefined) throw new Error('no webhook was installed');
  return {
    url: webhook.Url,
    headers: {
      'Content-Type': 'application/json',
      ...Object.fromEntries(webhook.HttpHeaders.map(({ Name, Value }) => [Name, Value])),
    },
  };
};

const accepted = async (running: Running, configurationEId: string): Promise<string[]> => {
  const ids: string[] = [];
  for (let from = 0; from < jobs; from += batchSize) {
    const items = Array.from({ length: batchSize }, (_, n) => ({
      idempotencyKey: `job-${from + n}`,
      ...messageFor(configurationEId, recipient),
    }));
    const results = (await running.call('POST', '/job/batch', 'bench', { items }))['results'] as { job: { eId: string } }[];
    ids.push(...results.map(({ job }) => job.eId));
  }
  return ids;
};

const recipient = 'ada@example.com';
/** Stands for a job's id. */
const mark = 'JOB';
const ofMessage = { MessageID: mark, MessageStream: 'outbound', Metadata: { jobId: mark }, Recipient: recipient, Tag: '' };
/** One callback that says what became of a message, and one that is only kept. */
const callbacks = [
  {
    ...ofMessage,
    RecordType: 'Delivery',
    ServerID: 1,
    DeliveredAt: '2026-03-01T12:00:00.000Z',
    Details: 'smtp;250 2.0.0 OK queued as 7E3A1',
  },
  {
    ...ofMessage,
    RecordType: 'Open',
    FirstOpen: false,
    ReceivedAt: '2026-03-01T12:00:01.000Z',
    UserAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    Client: { Name: 'Chrome 140.0.0.0', Company: 'Google', Family: 'Chrome' },
    OS: { Name: 'Linux 64', Company: '', Family: 'Linux' },
    Platform: 'Desktop',
    Geo: {},
  },
];

const count = async ({ database }: Running, what: string): Promise<number> =>
  (await database.query<{ n: number }>(`select count(*)::int as n from email_event where ${what}`)).rows[0]?.n ?? 0;

/** Seconds until none waits any more. */
const actedOn = async (running: Running): Promise<number> => {
  const from = performance.now();
  while ((await count(running, 'projected_at is null')) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return (performance.now() - from) / 1000;
};

const measureIntake = (say: Say): Promise<boolean> =>
  onPostroute({}, async (running) => {
    needTools(['wrk', 'pgbench']);
    const folder = temporaryFolder('bench');
    await prepareFloor(running.database);
    const id = await sendable(running, 'bench');
    await pauseSending(running);
    const filled = { mark, values: await accepted(running, id) };
    const bodies = callbacks.map((callback) => JSON.stringify(callback));
    const load = { ...(await webhookOf(running)), keyHeader: 'X-PM-Webhook-Trace-Id', bodies, filled, connections };
    await underLoad({ ...load, seconds: 3 }, folder);
    const [floors, results, costs, lags]: [number[], LoadResult[], Cost[], number[]] = [[], [], [], []];
    for (let round = 0; round < rounds; round += 1) {
      lags.push(await actedOn(running));
      floors.push(await measureFloor(running.ready.databaseUrl, folder, seconds));
      const { result, cost } = await costing(running, seconds, () => underLoad({ ...load, seconds }, folder));
      results.push(result);
      costs.push(cost);
    }
    lags.push(await actedOn(running));
    const ofFloor = results.map(({ rate }, round) => rate / (floors[round] ?? Number.NaN));
    const failed = results.reduce((sum, one) => sum + one.failed, 0);
    say(
      `callbacks, half of them deliveries and half openings, ${connections} connections of wrk, ${rounds} rounds of ${seconds} s, medians (and spread):`,
    );
    say(`  pgbench, single-row commits, 32 clients   ${spread(floors)} /s`);
    say(
      `  stored before answered                    ${spread(results.map(({ rate }) => rate))} /s, p99 ${spread(results.map(({ p99Ms }) => p99Ms))} ms`,
    );
    say(`  CPU of each, acting on it included: ${costsOf(costs)}`);
    say(`  ÷ pgbench ${spread(ofFloor)} (bar ${ofFloorBar}); refused or lost ${failed}; on disk ${await count(running, 'true')}`);
    say(`  acted on, after the last was answered     ${spread(lags.slice(1))} s`);
    const chart = roundsChart('Storing callbacks', 'a second', {
      pgbench: floors,
      'stored before answered': results.map(({ rate }) => rate),
    });
    say(`  chart: ${saveChart('webhook', chart)}`);
    return median(ofFloor) >= ofFloorBar && failed === 0;
  });

await measureParts({ intake: measureIntake }, process.argv.slice(2));
