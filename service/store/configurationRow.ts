/** One configuration as Postgres keeps it: the columns, named once, and their shape. */
import { z } from 'zod';
import { administrativeStates, type Configuration, operationalStates, provisioningSteps } from '../core/configuration/records.ts';
import { sql } from './pool.ts';

export const configurationRow = z.strictObject({
  tenantId: z.string(),
  eId: z.string(),
  sendingDomainSlug: z.string(),
  fromLocalPart: z.string(),
  fromName: z.string().nullable(),
  replyToEmail: z.string().nullable(),
  operational: z.enum(operationalStates),
  step: z.enum(provisioningSteps).nullable(),
  administrative: z.enum(administrativeStates),
  operationalSince: z.date(),
  administrativeSince: z.date(),
  generation: z.number().int(),
  adoptRequested: z.boolean(),
  serverId: z.number().int().nullable(),
  serverName: z.string().nullable(),
  serverToken: z.string().nullable(),
  routingToken: z.string(),
  routingTokenHash: z.string(),
  keyVersionId: z.string().nullable(),
  domainId: z.number().int().nullable(),
  webhookId: z.number().int().nullable(),
  retiredServerIds: z.array(z.number().int()),
  dkimName: z.string().nullable(),
  dkimValue: z.string().nullable(),
  returnPathName: z.string().nullable(),
  returnPathValue: z.string().nullable(),
  recordsWrittenAt: z.date().nullable(),
  verificationStartedAt: z.date().nullable(),
  verificationPolls: z.number().int(),
  dkimVerified: z.boolean(),
  returnPathVerified: z.boolean(),
  verifiedAt: z.date().nullable(),
  failureCount: z.number().int(),
  lastFailureCode: z.string().nullable(),
  lastFailureDetail: z.string().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
}) satisfies z.ZodType<Configuration>;

/** For `select ${configurationColumns} from configuration c`: the table must be named `c`. */
export const configurationColumns = sql.fragment`
  c.tenant_id as "tenantId", c.e_id as "eId", c.sending_domain_slug as "sendingDomainSlug", c.from_local_part as "fromLocalPart",
  c.from_name as "fromName", c.reply_to_email as "replyToEmail", c.operational, c.step, c.administrative,
  c.operational_since as "operationalSince", c.administrative_since as "administrativeSince", c.generation,
  c.adopt_requested as "adoptRequested", c.server_id as "serverId", c.server_name as "serverName", c.server_token as "serverToken",
  c.routing_token as "routingToken", c.routing_token_hash as "routingTokenHash", c.key_version_id as "keyVersionId",
  c.domain_id as "domainId", c.webhook_id as "webhookId", c.retired_server_ids as "retiredServerIds", c.dkim_name as "dkimName",
  c.dkim_value as "dkimValue", c.return_path_name as "returnPathName", c.return_path_value as "returnPathValue",
  c.records_written_at as "recordsWrittenAt", c.verification_started_at as "verificationStartedAt",
  c.verification_polls as "verificationPolls", c.dkim_verified as "dkimVerified", c.return_path_verified as "returnPathVerified",
  c.verified_at as "verifiedAt", c.failure_count as "failureCount", c.last_failure_code as "lastFailureCode",
  c.last_failure_detail as "lastFailureDetail", c.created_at as "createdAt", c.updated_at as "updatedAt"`;
