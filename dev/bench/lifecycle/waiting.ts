/**
 * 10,000 configurations that wait for verification and whose records nobody sees: what a minute of their looks costs one service, with the account's
 * budgets as in production. The domains are in the sandbox's Postmark; the rows are put into the database, not provisioned.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSecondsOf } from '../load/cpuSeconds.ts';
import { inTurns, onStage, type Stage, total } from './stage.ts';

const count = 10_000;
const callers = 16;
const warmUpSeconds = 40;
const measuredSeconds = 60;

/** Ten passes of a handful of statements each an interval, and what an idle service asks (some 800 a minute). */
const statementsPerMinuteMax = 3_000;
/** The budget: `postmark.requestsPerSecond` 2. */
const postmarkPerMinuteMax = 121;
/** Two names for each domain, once in an interval of 30 s. */
const dnsPerMinuteMax = count * 2 * 2 * 1.1;
const cpuShareMax = 0.5;
const rssMbMax = 300;

async function createDomains({ ready, accountToken }: Stage): Promise<number[]> {
  const token = await accountToken();
  const ids: number[] = [];
  await inTurns(callers, count, async (n) => {
    const name = `waiting-${n}.dev.ardamails.com`;
    const response = await fetch(`${ready.sandbox.postmark}/domains`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', 'X-Postmark-Account-Token': token },
      body: JSON.stringify({ Name: name, ReturnPathDomain: `pm-bounces.${name}` }),
    });
    if (response.status !== 200) throw new Error(`POST /domains answered ${response.status}`);
    ids[n] = ((await response.json()) as { ID: number }).ID;
  });
  return ids;
}

/** What their looks have seen so far. */
const seen = 'our name servers: DKIM absent, Return-Path absent; Postmark (listed): DKIM not verified, Return-Path not verified';

/** Due over one interval, each somewhere between its hundredth look and the next that asks Postmark. */
const seed = `
  with waiting as (
    select 'tenant-' || (n - 1) as tenant_id, gen_random_uuid() as e_id, 'waiting-' || (n - 1) as slug, domain_id, n
    from unnest($1::bigint[]) with ordinality as d (domain_id, n)
  ), configurations as (
    insert into configuration (tenant_id, e_id, sending_domain_slug, from_local_part, operational, administrative, operational_since, administrative_since,
      generation, routing_token, routing_token_hash, domain_id, dkim_name, dkim_value, return_path_name, return_path_value, records_written_at,
      verification_started_at, verification_polls, created_at, updated_at)
    select w.tenant_id, w.e_id, w.slug, 'noreply', 'AWAITING_VERIFICATION', 'LOCKED', now(), now(), 6, 'r', md5(w.slug), w.domain_id,
      'pm._domainkey.' || w.slug || '.dev.ardamails.com', 'k=rsa; p=A', 'pm-bounces.' || w.slug || '.dev.ardamails.com', 'pm.mtasv.net', now(), now(), 100 + n % 4,
      now(), now()
    from waiting w returning tenant_id
  )
  insert into effect (tenant_id, id, configuration_e_id, kind, generation, run_at, created_at, last_error)
  select w.tenant_id, gen_random_uuid(), w.e_id, 'check-verification', 6, now() + make_interval(secs => 30.0 * w.n / ${count}), now(), $2 from waiting w`;

const rssMbOf = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Answers whether the bars were met. */
export async function measureWaiting(say: (line: string) => void): Promise<boolean> {
  const environment = { EMAIL_POSTMARK_REQUESTS_PER_SECOND: '2', EMAIL_ROUTE53_REQUESTS_PER_SECOND: '4' };
  return onStage({ environment }, async (stage) => {
    const pid = stage.ready.pids.service[0] ?? 0;
    await stage.database.query(seed, [await createDomains(stage), seen]);
    await stage.database.query('analyze');
    await pause(warmUpSeconds * 1000);
    const before = { calls: await stage.calls(), statements: stage.statements(), cpu: cpuSecondsOf(pid), at: performance.now() };
    await pause(measuredSeconds * 1000);
    const seconds = (performance.now() - before.at) / 1000;
    const perMinute = (amount: number): number => (amount * 60) / seconds;
    const statements = perMinute(stage.statements() - before.statements);
    const cpuShare = (cpuSecondsOf(pid) - before.cpu) / seconds;
    const calls = await stage.calls();
    const postmark = perMinute(total(calls.postmark) - total(before.calls.postmark));
    const dns = perMinute(total(calls.dns) - total(before.calls.dns));
    const rssMb = rssMbOf(pid);
    const late = Number((await stage.database.query(latest)).rows[0].seconds);
    say(`${count} configurations that wait for verification, one service, a minute:`);
    say(`  statements to Postgres ${statements.toFixed(0)} (bar ${statementsPerMinuteMax})`);
    say(`  Postmark calls ${postmark.toFixed(0)} (bar ${postmarkPerMinuteMax}), DNS questions ${dns.toFixed(0)} (bar ${dnsPerMinuteMax})`);
    say(
      `  CPU of the service ${(cpuShare * 100).toFixed(0)} % of a core (bar ${cpuShareMax * 100} %), RSS ${rssMb.toFixed(0)} MB (bar ${rssMbMax})`,
    );
    say(`  the look that is most overdue is ${late.toFixed(1)} s late`);
    const bars = [
      statements <= statementsPerMinuteMax,
      postmark <= postmarkPerMinuteMax,
      dns <= dnsPerMinuteMax,
      cpuShare <= cpuShareMax,
      rssMb <= rssMbMax,
    ];
    return bars.every(Boolean);
  });
}

const latest = `select greatest(0, extract(epoch from now() - min(run_at))) as seconds from effect where settled_at is null and kind = 'check-verification'`;
