/** The material registry and what is sealed under it. */
import { z } from 'zod';
import { progressFields, staleFields } from './progress.ts';

export const material = z
  .strictObject({
    current: z.string().nullable().describe('the key version that this process seals new secrets under'),
    documentedCurrent: z.string().nullable().describe('the one that the registry names; differs while it cannot be unwrapped'),
    loadedAt: z.date().nullable(),
    lastOutcome: z.enum(['refreshed', 'partial', 'failed']).nullable().describe('of the last refresh'),
    lastReason: z.string().nullable(),
    kms: z.strictObject({
      state: z.enum(['answers', 'failing', 'unknown']).describe('whether KMS opens the key that seals now'),
      reason: z.string().nullable(),
    }),
    versions: z.array(
      z.strictObject({
        keyVersionId: z.string(),
        kmsKeyArn: z.string().nullable().describe('null: rows name this version, and the registry does not have it'),
        createdAt: z.date().nullable(),
        loaded: z.boolean(),
        reason: z.string().nullable().describe('why it is not loaded as the registry has it'),
        rows: z.number().int().describe('configurations with a secret under this version'),
      }),
    ),
    unreadable: z.array(
      z.strictObject({
        code: z.enum(['unknown_algorithm', 'malformed_envelope']),
        rows: z.number().int().describe('configurations with a secret that this release cannot read'),
      }),
    ),
    processes: z.array(
      z.strictObject({
        process: z.string(),
        current: z.string().nullable().describe('the key version that it seals under'),
        loaded: z.array(z.string()),
        refreshedAt: z.date().nullable(),
        seenAt: z.date(),
        upToDate: z.boolean().describe('it has carried out the last refresh that was asked of all'),
      }),
    ),
  })
  .meta({ id: 'Material' });

export const reEncryption = z
  .strictObject({
    ...progressFields,
    currentKeyVersionId: z.string().nullable(),
    stale: z
      .array(z.strictObject({ ...staleFields, keyVersionId: z.string().nullable().describe('null when the text cannot be read') }))
      .describe('at most 200; total less done says how many there are'),
  })
  .meta({ id: 'ReEncryption' });
