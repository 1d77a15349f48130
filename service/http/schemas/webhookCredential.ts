/** What the webhooks of the fleet present, and how far its rotation is. A fingerprint: the first 16 hex digits of the secret's SHA-256. */
import { z } from 'zod';
import { progressFields, staleFields } from './progress.ts';

export const webhookCredential = z
  .strictObject({
    ...progressFields,
    currentKeyFingerprint: z.string().describe('of the operator key that webhooks present: the first 16 hex digits of its SHA-256'),
    previousKeyFingerprint: z.string().nullable(),
    currentSigningKeyFingerprint: z.string(),
    previousSigningKeyFingerprint: z.string().nullable(),
    accountToken: z.strictObject({
      currentFingerprint: z.string(),
      previousFingerprint: z.string().nullable(),
      state: z.enum(['accepted', 'refused', 'unknown']).describe('what Postmark last said to the current one'),
    }),
    stale: z
      .array(z.strictObject({ ...staleFields, serverId: z.number().int().nullable() }))
      .describe('webhooks that are not known to present the current secrets; at most 200'),
    staleProcesses: z.array(z.string()).describe('live processes that do not hold all current secrets yet'),
    previousLastSeen: z
      .strictObject({ callbacks: z.date().nullable(), calls: z.date().nullable(), signatures: z.date().nullable() })
      .describe('when a previous operator key was last presented by a callback and by a call, and a signature of a previous key'),
    proof: z.strictObject({
      complete: z.boolean().describe('no webhook presents anything but the current secrets, and every process holds them'),
      since: z.date().nullable(),
      text: z.string(),
    }),
  })
  .meta({ id: 'WebhookCredential' });
