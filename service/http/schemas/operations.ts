/** What operators and their machines ask of the process. */
import { z } from 'zod';

export const material = z
  .strictObject({
    current: z.string().nullable().describe('the key version that new tokens are sealed under'),
    loadedAt: z.date().nullable(),
    versions: z.array(
      z.strictObject({
        keyVersionId: z.string(),
        kmsKeyArn: z.string().nullable(),
        createdAt: z.date().nullable(),
        loaded: z.boolean(),
        rows: z.number().int().describe('configurations whose token names this version'),
      }),
    ),
  })
  .meta({ id: 'Material' });

export const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });

export const readiness = z
  .strictObject({
    ready: z.boolean(),
    failing: z.array(z.string()),
    checks: z.record(z.string(), z.enum(['ok', 'failing'])),
  })
  .meta({ id: 'Readiness' });
