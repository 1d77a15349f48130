/** What must hold when all is over, whatever went wrong on the way: one job and one message for each key, and every job ended. */
import type { Client } from 'pg';

export type Outside = {
  postmark: { servers: { Name: string; webhooks: unknown[] }[]; domains: { Name: string }[] };
  route53: { zones: { records: { Name: string }[] }[] };
};

/** Each configuration holds one of everything, however often its provisioning was interrupted. `sendingDomains`: one for each configuration. */
export const heldTwice = ({ postmark, route53 }: Outside, sendingDomains: readonly string[]): string[] =>
  sendingDomains.flatMap((domain) => {
    const name = domain.split('.').reverse().slice(1).join('-');
    const servers = postmark.servers.filter(({ Name }) => Name === name);
    const seen = {
      servers: servers.length,
      webhooks: servers.flatMap(({ webhooks }) => webhooks).length,
      domains: postmark.domains.filter(({ Name }) => Name === domain).length,
      records: route53.zones.flatMap(({ records }) => records).filter(({ Name }) => Name.includes(`${domain}.`)).length,
    };
    const expected = { servers: 1, webhooks: 1, domains: 1, records: 2 };
    return JSON.stringify(seen) === JSON.stringify(expected) ? [] : [`${domain} holds ${JSON.stringify(seen)}`];
  });

export type Captured = { MessageID: string; Metadata: Record<string, string> };

/** `taken`: job ids by key, as the callers were told. Each problem is a sentence; none is the bar. */
export const verdictOf = async (database: Client, taken: ReadonlyMap<string, string>, captured: readonly Captured[]): Promise<string[]> => {
  const rows = async <Row extends object>(sql: string): Promise<Row[]> => (await database.query<Row>(sql)).rows;
  const jobs = await rows<{ id: string; key: string | null; status: string; message_id: string | null }>(
    `select j.e_id as id, k.key, j.status, j.postmark_message_id as message_id
     from email_job j left join idempotency_key k on k.tenant_id = j.tenant_id and k.job_e_id = j.e_id`,
  );
  const [counted] = await rows<{ jobs: number; keys: number; payloads: number; attempts: number; tries: number; dead: number }>(`select
    (select count(*)::int from email_job) as jobs, (select count(*)::int from idempotency_key) as keys,
    (select count(*)::int from email_payload) as payloads, (select count(*)::int from attempt) as attempts,
    (select coalesce(sum(attempts), 0)::int from email_job) as tries, (select count(*)::int from dead_letter) as dead`);
  const problems: string[] = [];
  const count = (what: string, seen: number, expected: number): void => {
    if (seen !== expected) problems.push(`${seen} ${what}, not ${expected}`);
  };
  count('jobs', counted?.jobs ?? 0, taken.size);
  count('idempotency keys', counted?.keys ?? 0, taken.size);
  count('payloads', counted?.payloads ?? 0, taken.size);
  count('attempts on record', counted?.attempts ?? 0, counted?.tries ?? 0);
  count('dead letters', counted?.dead ?? 0, jobs.filter(({ status }) => status === 'DEAD_LETTER').length);

  const messages = Map.groupBy(captured, ({ Metadata }) => Metadata['jobId'] ?? '');
  const known = new Set(jobs.map(({ id }) => id));
  count('messages of no job', captured.filter(({ Metadata }) => !known.has(Metadata['jobId'] ?? '')).length, 0);
  for (const { id, key, status, message_id } of jobs) {
    const own = messages.get(id) ?? [];
    if (key === null || taken.get(key) !== id)
      problems.push(`job ${id} has the key ${key}, whose caller was told ${key === null ? null : taken.get(key)}`);
    if (own.length !== 1) problems.push(`job ${id} (${status}) was captured ${own.length} times`);
    else if (own[0]?.MessageID !== message_id)
      problems.push(`job ${id} (${status}) names the message ${message_id}, not ${own[0]?.MessageID}`);
    if (status !== 'SENT' && status !== 'DELIVERED') problems.push(`job ${id} is ${status}`);
  }
  return problems;
};
