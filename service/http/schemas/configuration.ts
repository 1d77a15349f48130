import { z } from 'zod';
import { signals } from '../../core/configuration/events.ts';
import { localPartPattern, slugPattern } from '../../core/configuration/names.ts';
import { administrativeStates, operationalStates, provisioningSteps } from '../../core/configuration/records.ts';
import { waitingFor } from '../../core/configuration/waitingOn.ts';
import { gateNames } from '../../core/job/gates.ts';
import { address, canonicalAddress } from './address.ts';
import { pageOf, pageQuery } from './page.ts';
import { line } from './text.ts';

const slug = z.string().max(63).regex(slugPattern, 'must be 1 to 63 of a-z 0-9 -, neither first nor last a hyphen');

/** What `statusOf` (core) can answer: OK and DEGRADED are shown as the administrative state. */
const statuses = [...operationalStates.filter((state) => state !== 'OK' && state !== 'DEGRADED'), ...administrativeStates] as const;

export const createConfigurationBody = z
  .strictObject({
    sendingDomainSlug: slug.describe('permanent; unique in the partition'),
    signatureRequest: z
      .strictObject({
        fromLocalPart: z
          .string()
          .max(64)
          .regex(localPartPattern, 'must be letters, digits and . _ + -, and begin and end with a letter or digit')
          .refine((text) => !text.includes('..'), 'must not hold two dots in a row: no provider takes such a sender')
          .default('noreply'),
        fromName: line(1, 128).optional(),
        replyToEmail: address.optional(),
      })
      .prefault({}),
    provision: z.boolean().default(false).describe('also send the signal provision'),
  })
  .meta({ id: 'NewConfiguration' });

export const listConfigurationsQuery = z.strictObject({
  ...pageQuery,
  slug: slug.optional(),
  status: z.enum(statuses).optional(),
});

/** Within what the database keeps; a time before the first configuration finds nothing. */
export const asOfQuery = z.strictObject({
  asOf: z.iso
    .datetime({ offset: true })
    .max(40)
    .transform((text) => new Date(text))
    .refine((at) => at.getTime() >= 0, 'must not be before 1970')
    .optional()
    .meta({ format: 'date-time', description: 'the record after every event up to this moment' }),
});

export const signalParams = z.strictObject({ eId: z.guid().toLowerCase(), signal: z.enum(signals) });

/** The body may be left out: Fastify then hands over null. */
export const signalBody = z
  .strictObject({
    reason: line(1, 500).optional().describe('kept in the history'),
    adopt: z.boolean().default(false).describe('re-provision: take over what already exists under our names'),
  })
  .nullable()
  .transform((body) => body ?? { adopt: false });

export const explainQuery = z.strictObject({ recipient: canonicalAddress.optional() });

export const historyQuery = z.strictObject(pageQuery);

export const waitingOn = z.strictObject({
  what: z.enum(waitingFor),
  since: z.date(),
  nextLook: z.date().nullable(),
  signal: z.enum(signals).nullable().describe('the signal that is needed, when what is operator'),
  detail: z.string().nullable(),
});

const dnsRecord = z.strictObject({
  purpose: z.enum(['dkim', 'returnPath']),
  type: z.enum(['TXT', 'CNAME']),
  name: z.string(),
  value: z.string(),
  ttl: z.number().int(),
  writtenAt: z.date().nullable(),
});

export const configuration = z
  .strictObject({
    eId: z.string(),
    tenantId: z.string(),
    sendingDomainSlug: z.string(),
    sendingDomain: z.string(),
    from: z.strictObject({ email: z.string(), name: z.string().nullable(), replyTo: z.string().nullable() }),
    status: z
      .enum([...operationalStates, ...administrativeStates])
      .describe('administrativeStatus while operationalStatus is OK or DEGRADED, else operationalStatus'),
    operationalStatus: z.enum(operationalStates),
    administrativeStatus: z.enum(administrativeStates),
    step: z.enum(provisioningSteps).nullable(),
    canSend: z.boolean(),
    waitingOn: waitingOn.nullable(),
    allowedSignals: z.array(z.enum(signals)),
    postmark: z.strictObject({
      serverId: z.number().int().nullable(),
      serverName: z.string().nullable(),
      domainId: z.number().int().nullable(),
      webhookId: z.number().int().nullable(),
    }),
    dns: z.array(dnsRecord),
    keyVersionId: z.string().nullable(),
    verificationStartedAt: z.date().nullable(),
    verifiedAt: z.date().nullable(),
    failureCount: z.number().int(),
    inFlight: z.number().int(),
    queued: z.number().int(),
    createdAt: z.date(),
    updatedAt: z.date(),
    generation: z.number().int(),
  })
  .meta({ id: 'Configuration' });
export type ConfigurationRecord = z.infer<typeof configuration>;

export const configurationPage = pageOf(configuration).meta({ id: 'ConfigurationPage' });

export const historyPage = pageOf(
  z.strictObject({
    at: z.date(),
    author: z.string(),
    event: z.string(),
    from: z.string().nullable(),
    to: z.string(),
    detail: z.record(z.string(), z.unknown()),
    requestId: z.string().nullable(),
  }),
).meta({ id: 'ConfigurationHistory' });

export const explanation = z
  .strictObject({
    canSend: z.boolean(),
    gates: z.array(z.strictObject({ gate: z.enum(gateNames), passes: z.boolean(), evidence: z.string() })),
    firstBlocker: z.enum(gateNames).nullable(),
    fix: z
      .strictObject({ text: z.string(), signal: z.enum(signals).optional(), command: z.string().optional() })
      .nullable()
      .describe('the one step that mends the first blocker'),
  })
  .meta({ id: 'Explanation' });
export type Fix = NonNullable<z.infer<typeof explanation>['fix']>;
