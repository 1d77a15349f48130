/** What operators and their machines ask of the process. */
import { z } from 'zod';

export const alive = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Alive' });

export const readiness = z
  .strictObject({
    ready: z.boolean(),
    failing: z.array(z.string()),
    checks: z.record(z.string(), z.enum(['ok', 'degraded', 'failing'])),
  })
  .meta({ id: 'Readiness' });
