/** What every list takes and answers. */
import { z } from 'zod';

const limitMax = 200;
const limitDefault = 50;
const limitProblem = `must be a whole number from 1 to ${limitMax}`;

export const pageQuery = {
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/, { message: limitProblem, abort: true })
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= limitMax, limitProblem)
    .default(limitDefault)
    .meta({ description: `how many items, 1 to ${limitMax}` }),
  cursor: z
    .string()
    .max(400, { abort: true })
    .regex(/^[A-Za-z0-9_-]+$/, 'is not a cursor of this list')
    .optional()
    .meta({ description: 'nextCursor of the page before' }),
};

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable().describe('null on the last page') });
