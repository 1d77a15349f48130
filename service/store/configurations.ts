/** Configurations: written by `work/apply.ts` and `work/createConfiguration.ts`, and by nothing else. */
import { z } from 'zod';
import { type Configuration, operationalStates } from '../core/configuration/records.ts';
import { configurationColumns, configurationRow } from './configurationRow.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export type ClaimSlugOutcome = { kind: 'claimed' } | { kind: 'inUse' };

/** Guards the slug against two creations at once: the second waits for the first's commit, and then finds it taken. */
export const claimSlug = async (db: CommonQueryMethods, slug: string, tenantId: string, eId: string): Promise<ClaimSlugOutcome> => {
  const claimed = await db.maybeOne(sql.typeAlias('id')`
    insert into slug_claim (slug, tenant_id, configuration_e_id) values (${slug}, ${tenantId}, ${eId})
    on conflict (slug) do nothing returning slug as id`);
  return { kind: claimed === null ? 'inUse' : 'claimed' };
};

export const releaseSlug = async (db: CommonQueryMethods, slug: string, tenantId: string, eId: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    delete from slug_claim where slug = ${slug} and tenant_id = ${tenantId} and configuration_e_id = ${eId}`);
};

const at = (date: Date | null) => (date === null ? null : sql.timestamp(date));

export const insertConfiguration = async (db: CommonQueryMethods, c: Configuration): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into configuration (tenant_id, e_id, sending_domain_slug, from_local_part, from_name, reply_to_email, operational, step,
      administrative, operational_since, administrative_since, generation, routing_token, routing_token_hash, created_at, updated_at)
    values (${c.tenantId}, ${c.eId}, ${c.sendingDomainSlug}, ${c.fromLocalPart}, ${c.fromName}, ${c.replyToEmail}, ${c.operational}, ${c.step},
      ${c.administrative}, ${at(c.operationalSince)}, ${at(c.administrativeSince)}, ${c.generation}, ${c.routingToken}, ${c.routingTokenHash},
      ${at(c.createdAt)}, ${at(c.updatedAt)})`);
};

/** Reads the row and keeps others from deciding on it until this transaction ends. */
export const lockConfiguration = (db: CommonQueryMethods, tenantId: string, eId: string): Promise<Configuration | null> =>
  db.maybeOne(sql.type(configurationRow)`
    select ${configurationColumns} from configuration c where c.tenant_id = ${tenantId} and c.e_id = ${eId} for update`);

export const findConfiguration = (db: CommonQueryMethods, tenantId: string, eId: string): Promise<Configuration | null> =>
  db.maybeOne(sql.type(configurationRow)`
    select ${configurationColumns} from configuration c where c.tenant_id = ${tenantId} and c.e_id = ${eId}`);

/** Those that exist, in no order. */
export const findConfigurations = (
  db: CommonQueryMethods,
  wanted: readonly { tenantId: string; configurationEId: string }[],
): Promise<readonly Configuration[]> =>
  db.any(sql.type(configurationRow)`
    select ${configurationColumns}
    from ${sql.unnest(
      wanted.map(({ tenantId, configurationEId }) => [tenantId, configurationEId]),
      ['text', 'uuid'],
    )} as w(tenant_id, e_id)
    join configuration c on c.tenant_id = w.tenant_id and c.e_id = w.e_id`);

/** Whether another configuration of the tenant can send. */
export const anotherCanSend = async (db: CommonQueryMethods, tenantId: string, eId: string): Promise<boolean> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    select exists (
      select 1 from configuration c
      where c.tenant_id = ${tenantId} and c.e_id <> ${eId} and c.administrative = 'UNLOCKED' and c.operational in ('OK', 'DEGRADED')
    ) as flag`);
  return flag;
};

/** Writes what may change after creation. The caller holds the row (`lockConfiguration`). */
export const updateConfiguration = async (db: CommonQueryMethods, c: Configuration): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update configuration set
      operational = ${c.operational}, step = ${c.step}, administrative = ${c.administrative}, operational_since = ${at(c.operationalSince)},
      administrative_since = ${at(c.administrativeSince)}, generation = ${c.generation}, adopt_requested = ${c.adoptRequested},
      server_id = ${c.serverId}, server_name = ${c.serverName}, server_token = ${c.serverToken}, routing_token = ${c.routingToken},
      key_version_id = ${c.keyVersionId},
      domain_id = ${c.domainId}, webhook_id = ${c.webhookId}, retired_server_ids = ${sql.array(c.retiredServerIds, 'int8')},
      dkim_name = ${c.dkimName}, dkim_value = ${c.dkimValue}, return_path_name = ${c.returnPathName}, return_path_value = ${c.returnPathValue},
      records_written_at = ${at(c.recordsWrittenAt)}, verification_started_at = ${at(c.verificationStartedAt)},
      verification_polls = ${c.verificationPolls}, dkim_verified = ${c.dkimVerified}, return_path_verified = ${c.returnPathVerified},
      verified_at = ${at(c.verifiedAt)}, failure_count = ${c.failureCount}, last_failure_code = ${c.lastFailureCode},
      last_failure_detail = ${c.lastFailureDetail}, updated_at = ${at(c.updatedAt)}
    where tenant_id = ${c.tenantId} and e_id = ${c.eId}`);
};

/** The configuration, other than this one, that owns a server: present, retired, or null. Adoption must never take another tenant's. */
export const ownerOfServer = async (db: CommonQueryMethods, serverId: number, eId: string): Promise<string | null> => {
  const owner = await db.maybeOne(sql.typeAlias('id')`
    select c.e_id as id from configuration c where c.e_id <> ${eId} and (c.server_id = ${serverId} or ${serverId} = any(c.retired_server_ids)) limit 1`);
  return owner?.id ?? null;
};

export const ownerOfDomain = async (db: CommonQueryMethods, domainId: number, eId: string): Promise<string | null> => {
  const owner = await db.maybeOne(sql.typeAlias('id')`
    select c.e_id as id from configuration c where c.e_id <> ${eId} and c.domain_id = ${domainId} limit 1`);
  return owner?.id ?? null;
};

/** How a callback finds its configuration. */
const routed = z.strictObject({
  routingTokenHash: z.string(),
  tenantId: z.string(),
  eId: z.string(),
  operational: z.enum(operationalStates),
  serverId: z.number().int().nullable(),
});
/** What a callback is checked against, and belongs to. */
export type RoutedConfiguration = Omit<z.infer<typeof routed>, 'routingTokenHash'>;

/** By the hash of their routing tokens; a token that nobody has is missing. */
export const findByRoutingTokens = async (
  db: CommonQueryMethods,
  routingTokenHashes: readonly string[],
): Promise<ReadonlyMap<string, RoutedConfiguration>> => {
  const rows = await db.any(sql.type(routed)`
    select c.routing_token_hash as "routingTokenHash", c.tenant_id as "tenantId", c.e_id as "eId", c.operational, c.server_id as "serverId"
    from configuration c where c.routing_token_hash = any(${sql.array([...routingTokenHashes], 'text')})`);
  return new Map(rows.map(({ routingTokenHash, ...configuration }) => [routingTokenHash, configuration]));
};

const stateCount = z.strictObject({ operational: z.string(), count: z.number().int() });

export const countByOperationalState = (db: CommonQueryMethods) =>
  db.any(sql.type(stateCount)`select c.operational, count(*)::int8 as count from configuration c group by c.operational`);

const tenantServer = z.strictObject({ eId: z.string(), serverToken: z.string(), keyVersionId: z.string() });

/** The tenant's servers that hold a suppression list of their own, with their sealed tokens. */
export const sendableServers = (db: CommonQueryMethods, tenantId: string) =>
  db.any(sql.type(tenantServer)`
    select c.e_id as "eId", c.server_token as "serverToken", c.key_version_id as "keyVersionId" from configuration c
    where c.tenant_id = ${tenantId} and c.server_token is not null and c.key_version_id is not null`);
