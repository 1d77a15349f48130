/** Ids as they come in paths, queries and bodies. Any UUID is a possible id: one that names nothing is not found, not invalid. */
import { z } from 'zod';

export const uuid = z.guid().toLowerCase().meta({ format: 'uuid' });

/** Path parameters are never 400: a path that can name nothing is not found (plugins/problem.ts). */
export const eIdParams = z.strictObject({ eId: uuid.describe('the id of the record') });
