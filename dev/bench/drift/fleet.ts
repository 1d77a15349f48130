/**
 * A fleet of settled configurations, put where it would be if it had been provisioned: servers into the sandbox's Postmark, records into its Route 53, rows
 * into the database. Thousands a second, where provisioning takes a handful of calls each.
 */
import type { Client } from 'pg';
import { inTurns } from '../lifecycle/stage.ts';

/** Where to put it. */
export type FleetSite = {
  postmark: string;
  route53: string;
  accountToken: string;
  zone: { id: string; name: string };
  database: Client;
  /** What the rows' secrets say that they are sealed under; nobody opens them. */
  keyVersionId: string;
  /** Domain time. */
  writtenAt: Date;
};

export type Member = { slug: string; tenantId: string; eId: string; serverId: number };

const callers = 16;
/** Configurations whose two records fit one batch of 32,000 characters. */
const perBatch = 120;

/** In the order of the zone: so the sandbox need not move what it has. */
const slugOf = (n: number): string => `c${String(n).padStart(7, '0')}`;
export const dkimNameOf = (slug: string, zoneName: string): string => `20260101000000pm._domainkey.${slug}.${zoneName}`;
export const returnPathNameOf = (slug: string, zoneName: string): string => `pm-bounces.${slug}.${zoneName}`;
/** As long as a key of 1,024 bits. */
export const dkimValueOf = (slug: string): string => `k=rsa;p=${slug.padEnd(216, 'A')}`;
export const serverNameOf = (slug: string, zoneName: string): string => `${zoneName.split('.').reverse().slice(1).join('-')}-${slug}`;

export async function createServer({ postmark, accountToken }: FleetSite, name: string): Promise<number> {
  const response = await fetch(`${postmark}/servers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'X-Postmark-Account-Token': accountToken },
    body: JSON.stringify({ Name: name }),
  });
  if (response.status !== 200) throw new Error(`POST /servers answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { ID: number }).ID;
}

const record = (name: string, type: string, value: string): string =>
  `<Change><Action>CREATE</Action><ResourceRecordSet><Name>${name}</Name><Type>${type}</Type><TTL>300</TTL>` +
  `<ResourceRecords><ResourceRecord><Value>${value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>`;

async function writeRecords({ route53, zone }: FleetSite, slugs: readonly string[]): Promise<void> {
  const changes = slugs.map(
    (slug) =>
      record(dkimNameOf(slug, zone.name), 'TXT', `&quot;${dkimValueOf(slug)}&quot;`) +
      record(returnPathNameOf(slug, zone.name), 'CNAME', 'pm.mtasv.net'),
  );
  const body =
    '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>' +
    `${changes.join('')}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;
  const response = await fetch(`${route53}/2013-04-01/hostedzone/${zone.id}/rrset/`, {
    method: 'POST',
    body,
    // The sandbox asks whose key it is, and not for a signature.
    headers: {
      authorization: 'AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0',
    },
  });
  if (response.status !== 200) throw new Error(`ChangeResourceRecordSets answered ${response.status}: ${await response.text()}`);
}

const insert = `
  insert into configuration (tenant_id, e_id, sending_domain_slug, from_local_part, operational, administrative, operational_since, administrative_since,
    generation, routing_token, routing_token_hash, server_id, server_name, server_token, key_version_id, domain_id, webhook_id, dkim_name, dkim_value,
    return_path_name, return_path_value, records_written_at, verified_at, created_at, updated_at)
  select 'tenant-' || f.slug, gen_random_uuid(), f.slug, 'noreply',
    (array['OK', 'OK', 'OK', 'DEGRADED', 'FAILURE', 'UNVERIFIED'])[1 + f.server_id % 6], 'LOCKED', $5, $5, 7, 'a1.k' || $4 || ':cm91dGluZw', md5(f.slug),
    f.server_id, f.server_name, 'a1.k' || $4 || ':c2VydmVy', $4::uuid, f.server_id, f.server_id, f.dkim_name, f.dkim_value, f.return_path_name,
    'pm.mtasv.net', $5, $5, $5, $5
  from unnest($1::text[], $2::bigint[], $3::text[], $6::text[], $7::text[], $8::text[])
    as f (slug, server_id, server_name, dkim_name, dkim_value, return_path_name)
  returning sending_domain_slug as slug, tenant_id as "tenantId", e_id as "eId", server_id as "serverId"`;

/** Members `from` to `to` - 1, in the order of their numbers. */
export async function seedFleet(site: FleetSite, from: number, to: number): Promise<Member[]> {
  const { zone, database, keyVersionId, writtenAt } = site;
  const slugs = Array.from({ length: to - from }, (_, at) => slugOf(from + at));
  const serverIds: number[] = [];
  await inTurns(callers, slugs.length, async (at) => {
    serverIds[at] = await createServer(site, serverNameOf(slugs[at] ?? '', zone.name));
  });
  for (let at = 0; at < slugs.length; at += perBatch) await writeRecords(site, slugs.slice(at, at + perBatch));
  const { rows } = await database.query<{ slug: string; tenantId: string; eId: string; serverId: string }>(insert, [
    slugs,
    serverIds,
    slugs.map((slug) => serverNameOf(slug, zone.name)),
    keyVersionId,
    writtenAt,
    slugs.map((slug) => dkimNameOf(slug, zone.name)),
    slugs.map(dkimValueOf),
    slugs.map((slug) => returnPathNameOf(slug, zone.name)),
  ]);
  return rows.map((row) => ({ ...row, serverId: Number(row.serverId) })).toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
}
