import { z } from 'zod';
import { jobStatuses, triageResolutions } from '../../core/job/records.ts';
import { timelineKinds } from '../../store/jobTimelineReads.ts';
import { canonicalAddress } from './address.ts';
import { uuid } from './identifiers.ts';
import { pageOf, pageQuery } from './page.ts';
import { problem } from './problem.ts';
import { line } from './text.ts';

export const job = z
  .strictObject({
    eId: z.string(),
    configurationEId: z.string(),
    recipient: z.string().describe('in its canonical form'),
    subject: z.string(),
    status: z.enum(jobStatuses),
    attempts: z.number().int(),
    nextAttemptAt: z.date().nullable(),
    postmarkMessageId: z.string().nullable(),
    acceptedAt: z.date(),
    sentAt: z.date().nullable(),
    deliveredAt: z.date().nullable(),
    lastError: z.strictObject({ code: z.string(), message: z.string(), at: z.date() }).nullable(),
    resendOf: z.string().nullable().describe('the job that this one sends again'),
  })
  .meta({ id: 'Job' });
export type JobRecord = z.infer<typeof job>;

export const jobPage = pageOf(job).meta({ id: 'JobPage' });

export const listJobsQuery = z.strictObject({
  ...pageQuery,
  configurationEId: uuid.optional(),
  status: z.enum(jobStatuses).optional(),
  recipient: canonicalAddress.optional(),
});

export const timelineQuery = z.strictObject(pageQuery);
export const timelinePage = pageOf(
  z.strictObject({ at: z.date(), kind: z.enum(timelineKinds), detail: z.record(z.string(), z.unknown()) }),
).meta({ id: 'JobTimeline' });

export const batchResults = z
  .strictObject({
    results: z.array(
      z.strictObject({
        status: z.number().int(),
        job: job.optional(),
        problem: problem.optional(),
        replayed: z.literal(true).optional().describe('the key was seen before with the same message'),
      }),
    ),
  })
  .meta({ id: 'JobBatchResults' });
export type BatchResult = z.infer<typeof batchResults>['results'][number];

const reason = line(1, 500).describe('kept with the job');
export const resendBody = z.strictObject({ reason });
export const triageBody = z.strictObject({
  resolution: z.enum(triageResolutions).describe('what became of the message; `dropped`, for a HELD job alone: it did not go out'),
  reason,
});
/** Fastify hands over null for no body. */
export const emptyBody = z.strictObject({}).nullable();
