/**
 * How many messages a second leave, in batches, to a sandbox that answers at once; and whether the service's memory stays flat over many of them.
 * The messages are accepted first, with the sender kept still; then it is let go.
 */
import { readFileSync } from 'node:fs';
import { roundsChart, saveChart } from '../chart.ts';
import { messageFor, onPostroute, pauseSending, type Running, resumeSending, sendable } from '../load/sendable.ts';

const batchSize = 500;
const tenants = 4;
const rateBar = 3000;
/** What garbage a busy heap may hold beyond its first level before it counts as growing. */
const growthMaxMb = 40;

const queue = async (running: Running, ids: readonly string[], count: number, round: string): Promise<void> => {
  for (let from = 0; from < count; from += batchSize) {
    const tenant = (from / batchSize) % ids.length;
    const items = Array.from({ length: batchSize }, (_, at) => ({
      idempotencyKey: `${round}-${from + at}`,
      ...messageFor(ids[tenant] ?? '', `r${at}@example.com`),
    }));
    await running.call('POST', '/job/batch', `bench-${tenant}`, { items });
  }
};

const left = async ({ database }: Running): Promise<number> => {
  const { rows } = await database.query<{ n: number }>(
    `select count(*)::int as n from email_job where status in ('QUEUED', 'SENDING', 'HELD')`,
  );
  return rows[0]?.n ?? 0;
};

/** Seconds from letting the sender go until nothing is left. */
const drain = async (running: Running): Promise<number> => {
  const startedAt = performance.now();
  await resumeSending(running);
  while ((await left(running)) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return (performance.now() - startedAt) / 1000;
};

const residentMb = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

export const measureDraining = (
  say: (line: string) => void,
  { perRound, rounds, environment = {} }: { perRound: number; rounds: number; environment?: Record<string, string> },
): Promise<boolean> =>
  onPostroute(environment, async (running) => {
    // What comes back by webhook is measured by itself; mail that the sandbox keeps would be its memory, not ours.
    await running.control('/settings', { autoDeliver: false, messagesMax: 10_000 });
    const ids: string[] = [];
    for (let n = 0; n < tenants; n += 1) ids.push(await sendable(running, `bench-${n}`));
    const pid = running.ready.pids.service[0] ?? 0;
    const rates: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await pauseSending(running);
      await queue(running, ids, perRound, String(round));
      rates.push(perRound / (await drain(running)));
      memory.push(residentMb(pid));
    }
    const { rows } = await running.database.query<{ status: string; n: number }>(
      'select status, count(*)::int as n from email_job group by status order by status',
    );
    const [first = 0, last = 0] = [memory[0], memory.at(-1)];
    say(
      `sending ${(perRound * rounds).toLocaleString('en')} messages of ${tenants} tenants in batches of ${batchSize}, in ${rounds} rounds:`,
    );
    say(`  ${rates.map((rate) => Math.round(rate).toLocaleString('en')).join(', ')} messages/s (bar ${rateBar})`);
    say(`  memory of the service after each round: ${memory.map((mb) => Math.round(mb)).join(', ')} MB`);
    say(`  jobs at the end: ${rows.map(({ status, n }) => `${n} ${status}`).join(', ')}`);
    const chart = roundsChart(`Sending ${perRound.toLocaleString('en')} messages a round`, 'messages/s, MB', {
      'messages/s': rates,
      'memory, MB': memory,
    });
    say(`  chart: ${saveChart(`draining-${perRound * rounds}`, chart)}`);
    const whole = rows.length === 1 && rows[0]?.status === 'SENT' && rows[0].n === perRound * rounds;
    return Math.max(...rates) >= rateBar && last - first <= growthMaxMb && whole;
  });
