/**
 * `npm run bench -- requests [--count 100000] [--seed N]`: generated requests, good, mistaken and hostile, over the wire to the whole product.
 *
 * Every answer must be one that the published contract lists for its route, in status, code and shape; no 5xx but 503; and afterwards no row stands alone
 * that belongs to another. Ends with 1 when one is not. The same seed makes the same requests in the same order, as far as their answers come in it.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { onPostroute, type Running, sendable } from './load/sendable.ts';
import { agreements } from './requests/agreement.ts';
import type { Known } from './requests/bodies.ts';
import { type Contract, contractOf, type OpenApi } from './requests/contract.ts';
import { askable } from './requests/generate.ts';
import { play } from './requests/play.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: String(randomInt(1e9)) } },
});
const options = { count: Number(values.count), seed: Number(values.seed), connections: 16 };
const tenant = 'acme';
const progressEvery = 10_000;
const problemsShown = 20;
const drainLimitMs = 120_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

type Webhook = { Url: string; HttpHeaders: { Name: string; Value: string }[] };

const knownOf = async (running: Running, { operations }: Contract): Promise<Known> => {
  const configurationEId = await sendable(running, tenant);
  const { key } = await running.call('POST', '/tenant-key', tenant, { tenantId: tenant, name: 'requests' });
  const { postmark } = (await running.control('/state')) as { postmark: { servers: { webhooks: Webhook[] }[] } };
  const [webhook] = postmark.servers.flatMap(({ webhooks }) => webhooks);
  if (webhook === undefined) throw new Error('no webhook is installed');
  const headers = Object.fromEntries(webhook.HttpHeaders.map(({ Name, Value }) => [Name, Value]));
  const { operatorKey, hook } = { operatorKey: running.ready.apiKey, hook: { path: new URL(webhook.Url).pathname, headers } };
  return { operations: askable(operations), operatorKey, tenantKey: String(key), tenant, configurationEId, hook, jobs: [] };
};

/** What was accepted, odd as it is, leaves. Answers how many have not. */
const drained = async ({ database }: Running): Promise<number> => {
  const until = performance.now() + drainLimitMs;
  for (;;) {
    const { rows } = await database.query<{ n: number }>(
      `select count(*)::int as n from email_job where status in ('QUEUED', 'SENDING', 'HELD')`,
    );
    if (rows[0]?.n === 0 || performance.now() > until) return rows[0]?.n ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

const measure = async (running: Running): Promise<string[]> => {
  const service = running.ready.service ?? '';
  const document = (await (await fetch(`${service}/openapi.json`)).json()) as OpenApi;
  const contract = contractOf(document);
  const known = await knownOf(running, contract);
  const startedAt = performance.now();
  const played = await play(service, contract, known, options, (done) => {
    if (done % progressEvery === 0) say(`  ${done.toLocaleString('en')} answered`);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const problems = [...played.problems];
  const left = await drained(running);
  if (left > 0) problems.push(`${left} jobs were accepted and have not left`);
  const count = async (sql: string): Promise<number> => (await running.database.query<{ n: number }>(sql)).rows[0]?.n ?? -1;
  for (const [what, sql] of agreements) {
    const alone = await count(sql);
    if (alone !== 0) problems.push(`${alone} ${what}`);
  }
  const jobs = await count('select count(*)::int as n from email_job');
  if (jobs !== played.accepted.size) problems.push(`${jobs} jobs are on disk, and ${played.accepted.size} were answered`);
  const { rows } = await running.database.query<{ status: string; n: number }>(
    `select status || coalesce(' ' || (last_error->>'code'), '') || case when status in ('FAILED', 'DEAD_LETTER') then ' ' || (last_error->>'message') else '' end as status,
       count(*)::int as n
     from email_job group by 1 order by 1`,
  );
  // Whatever Postmark would refuse was to be refused at the door; an inactive recipient is told by Postmark alone.
  for (const { status, n } of rows)
    if (/^(FAILED|DEAD_LETTER)/.test(status)) problems.push(`${n} accepted, and refused by the provider: ${status}`);
  const unasked = known.operations.flatMap(({ method, path }) =>
    [...played.operations.keys()].some((name) => name.startsWith(`${method} `) && name.endsWith(path)) ? [] : [`${method} ${path}`],
  );
  if (unasked.length > 0 && options.count >= 10_000) problems.push(`never asked: ${unasked.join(', ')}`);
  say(`${played.requests.toLocaleString('en')} requests in ${seconds.toFixed(0)} s, seed ${options.seed}`);
  say(
    `  answers: ${Object.entries(played.statuses)
      .map(([status, n]) => `${n.toLocaleString('en')} × ${status}`)
      .join(', ')}`,
  );
  say(`  jobs: ${rows.map(({ status, n }) => `${n.toLocaleString('en')} ${status}`).join(', ')}`);
  return problems;
};

const problems = await onPostroute({ EMAIL_LOG_LEVEL: 'fatal' }, measure);
for (const problem of problems.slice(0, problemsShown)) say(`  PROBLEM: ${problem}`);
say(problems.length === 0 ? '  every answer is one that its route lists, and every row has its own' : `  ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;
