/** How far a walk over the whole fleet is. */
import { z } from 'zod';

export const progressFields = {
  running: z.boolean(),
  done: z.number().int().describe('configurations that have the current secret, counted now'),
  total: z.number().int(),
  startedAt: z.date().nullable().describe('of the last run'),
  finishedAt: z.date().nullable(),
  requestedBy: z.string().nullable(),
  waitingFor: z.string().nullable().describe('why it does not go on, when it does not'),
};

export const staleFields = {
  configurationEId: z.string(),
  tenantId: z.string(),
  code: z.string().nullable().describe('what kept it back, when it was tried'),
  detail: z.string().nullable(),
};
