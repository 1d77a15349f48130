/**
 * 100,000 settled configurations with their history: how long a reader waits for a listing, an explanation, or the record of a past moment. The rows are
 * put into the database, not provisioned; the questions go through the API, one after the other.
 */
import type { Client } from 'pg';
import { onStage, type Stage } from './stage.ts';

const count = 100_000;
/** A tenant has had four; the newest of them may send. */
const ofTenant = 4;
/** Of each kind. One answer in a hundred is the bar, and a single pause (of a collector, of the machine) holds up several in a row. */
const questions = 1000;
/** The first answers fill caches and compile code. */
const unmeasured = 200;
const p99MaxMs = 20;

/** As many as a configuration has gone through that was provisioned, watched for a while, unlocked and locked again. */
const events = [
  'ConfigurationCreated',
  'provision',
  'ServerCreated',
  'DomainCreated',
  'WebhookInstalled',
  'RecordsWritten',
  'Verified',
  'unlock',
];

/** Of every thousand one is UNVERIFIED, one MISSING and one in FAILURE; of each tenant's four the newest is UNLOCKED. */
const configurations = `
  insert into configuration (tenant_id, e_id, sending_domain_slug, from_local_part, operational, administrative, operational_since, administrative_since,
    generation, routing_token, routing_token_hash, server_id, server_name, server_token, key_version_id, domain_id, webhook_id, dkim_name, dkim_value,
    return_path_name, return_path_value, records_written_at, verified_at, created_at, updated_at)
  select 'tenant-' || n / ${ofTenant}, gen_random_uuid(), 'settled-' || n, 'noreply',
    case when n % 1000 = 1 then 'UNVERIFIED' when n % 1000 = 2 then 'MISSING' when n % 1000 = 5 then 'FAILURE' else 'OK' end,
    case when n % ${ofTenant} = ${ofTenant - 1} then 'UNLOCKED' else 'LOCKED' end, at, at, 7, 'r', md5(n::text), n, 'ardamails-dev-settled-' || n, 't',
    $1::uuid, n, n, 'pm._domainkey.settled-' || n || '.dev.ardamails.com', 'k=rsa; p=' || repeat('A', 216),
    'pm-bounces.settled-' || n || '.dev.ardamails.com', 'pm.mtasv.net', at, at, at, at
  from (select n, now() - interval '90 days' + make_interval(secs => n * 60.0) as at from generate_series(0, ${count - 1}) n) made`;

const history = `
  insert into configuration_event (tenant_id, configuration_e_id, sequence, at, author, event, from_status, to_status, detail, request_id, record)
  select c.tenant_id, c.e_id, e.sequence, c.created_at + make_interval(secs => e.sequence), 'bench', e.event, 'PENDING', 'LOCKED', '{}', 'r',
    jsonb_build_object('tenantId', c.tenant_id, 'eId', c.e_id, 'sendingDomainSlug', c.sending_domain_slug, 'fromLocalPart', c.from_local_part,
      'fromName', null, 'replyToEmail', null, 'operational', c.operational, 'step', null, 'administrative', c.administrative, 'operationalSince', at.text,
      'administrativeSince', at.text, 'generation', c.generation, 'adoptRequested', false, 'serverId', c.server_id, 'serverName', c.server_name)
    || jsonb_build_object('keyVersionId', c.key_version_id, 'domainId', c.domain_id, 'webhookId', c.webhook_id, 'retiredServerIds', '[]'::jsonb,
      'dkimName', c.dkim_name, 'dkimValue', c.dkim_value, 'returnPathName', c.return_path_name, 'returnPathValue', c.return_path_value,
      'recordsWrittenAt', at.text, 'verificationStartedAt', null, 'verificationPolls', 0, 'dkimVerified', true, 'returnPathVerified', true,
      'verifiedAt', at.text, 'failureCount', 0, 'lastFailureCode', null, 'lastFailureDetail', null, 'createdAt', at.text, 'updatedAt', at.text)
  from configuration c
  cross join unnest($1::text[]) with ordinality as e (event, sequence)
  cross join lateral (select to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as text) at`;

type Seeded = { tenantId: string; eId: string; slug: string; createdAt: Date };

async function seed(database: Client): Promise<Seeded[]> {
  const { rows: versions } = await database.query<{ id: string }>('select gen_random_uuid() as id');
  await database.query(configurations, [versions[0]?.id]);
  await database.query(history, [events]);
  await database.query('vacuum analyze configuration');
  await database.query('vacuum analyze configuration_event');
  // The seeding's own writes are not what is measured.
  await database.query('checkpoint');
  const picked = await database.query<Seeded>(`
    select c.tenant_id as "tenantId", c.e_id as "eId", c.sending_domain_slug as slug, c.created_at as "createdAt"
    from configuration c order by md5(c.sending_domain_slug) limit ${questions}`);
  return picked.rows;
}

type Question = { what: string; path: (one: Seeded, n: number) => string; tenant?: (one: Seeded) => string };

const asOf = ({ createdAt }: Seeded, n: number): string =>
  encodeURIComponent(new Date(createdAt.getTime() + 1000 * (1 + (n % events.length)) + 500).toISOString());

/** The middle of the list, from a cursor that walks there. */
async function deepCursor({ api }: Stage): Promise<string> {
  let cursor = '';
  for (let page = 0; page < 50; page += 1) {
    const { body } = await api('GET', `/configuration?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    cursor = (body as { nextCursor: string }).nextCursor;
  }
  return cursor;
}

/** The first asks for what is not there: what any answer costs on this machine at this hour. */
const questionsOf = (deep: string): Question[] => [
  { what: 'floor: an empty list', path: () => '/suppression?recipient=nobody@example.com', tenant: () => 'nobody' },
  { what: 'list, newest 50', path: () => '/configuration?limit=50' },
  { what: 'list, 50 beyond the 10,000th', path: () => `/configuration?limit=50&cursor=${deep}` },
  { what: 'list, of one tenant', path: () => '/configuration?limit=50', tenant: ({ tenantId }) => tenantId },
  { what: 'list, by slug', path: ({ slug }) => `/configuration?slug=${slug}` },
  ...['UNVERIFIED', 'FAILURE', 'REMOVED', 'LOCKED'].map(
    (status): Question => ({
      what: `list, ${status}`,
      path: () => `/configuration?status=${status}&limit=50`,
    }),
  ),
  { what: 'read', path: ({ eId }) => `/configuration/${eId}` },
  { what: 'asOf', path: (one, n) => `/configuration/${one.eId}?asOf=${asOf(one, n)}` },
  { what: 'explain', path: ({ eId }) => `/configuration/${eId}/explain?recipient=ada@example.com` },
  { what: 'history', path: ({ eId }) => `/configuration/${eId}/history` },
];

const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

async function measured({ api }: Stage, { path, tenant }: Question, ones: readonly Seeded[]): Promise<{ p50: number; p99: number }> {
  const taken: number[] = [];
  for (const [n, one] of ones.entries()) {
    const from = performance.now();
    const { status, body } = await api('GET', path(one, n), tenant === undefined ? {} : { tenant: tenant(one) });
    taken.push(performance.now() - from);
    if (status !== 200) throw new Error(`GET ${path(one, n)} answered ${status}: ${JSON.stringify(body)}`);
  }
  const sorted = taken.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

/** Answers whether the bar was met. */
export async function measureSettled(say: (line: string) => void): Promise<boolean> {
  return onStage({ counted: false }, async (stage) => {
    const ones = await seed(stage.database);
    say(`${count} settled configurations with ${count * events.length} events of history, ms through the API (bar: p99 ${p99MaxMs}):`);
    let met = true;
    for (const question of questionsOf(await deepCursor(stage))) {
      await measured(stage, question, ones.slice(0, unmeasured));
      const { p50, p99 } = await measured(stage, question, ones);
      say(`  ${question.what.padEnd(32)} p50 ${p50.toFixed(1).padStart(6)}   p99 ${p99.toFixed(1).padStart(6)}`);
      met &&= p99 <= p99MaxMs;
    }
    return met;
  });
}
