/** The shape of this room's part of a snapshot. */
import { z } from 'zod';
import { recordTypes } from './recordSet.ts';

const recordSet = z.object({ name: z.string(), type: z.enum(recordTypes), ttl: z.number(), values: z.array(z.string()) });
const effect = z.object({ name: z.string(), type: z.enum(recordTypes), set: recordSet.nullable() });

export const savedZonesSchema = z.object({
  zones: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      callerReference: z.string(),
      comment: z.string(),
      nameServers: z.array(z.string()),
      delegationSetId: z.string().nullable().default(null),
      tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
      acceleratedRecovery: z.object({ isEnabled: z.boolean(), at: z.number() }).nullable().default(null),
      protections: z.array(z.object({ name: z.string(), type: z.string(), comment: z.string().nullable() })).default([]),
      records: z.array(recordSet),
      served: z.array(recordSet),
      pending: z.array(z.object({ insyncAt: z.number(), effects: z.array(effect) })),
    }),
  ),
  delegationSets: z
    .array(z.object({ id: z.string(), callerReference: z.string(), nameServers: z.array(z.string()), fromZoneId: z.string().nullable() }))
    .default([]),
  changes: z.array(z.object({ id: z.string(), zoneId: z.string(), submittedAt: z.number(), insyncAt: z.number(), comment: z.string() })),
});
