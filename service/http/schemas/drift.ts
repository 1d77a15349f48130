/** What operators ask of drift, and what they are told. */
import { z } from 'zod';
import { assertionNames, driftClasses, driftTags } from '../../core/drift/findings.ts';
import { correctionKinds } from '../../core/drift/plan.ts';
import { assertionResult } from '../../core/drift/results.ts';
import { pageOf, pageQuery } from './page.ts';

const enabled = z.strictObject(
  Object.fromEntries(assertionNames.map((name) => [name, z.boolean()])) as Record<(typeof assertionNames)[number], z.ZodBoolean>,
);

export const drift = z
  .strictObject({
    running: z.boolean().describe('a run is under way, or waits for its turn'),
    enabled: enabled.describe('what rides on the registry-refresh tick'),
    lastRun: z
      .strictObject({ runId: z.string(), startedAt: z.date(), finishedAt: z.date(), assertions: z.array(assertionResult) })
      .nullable()
      .describe('the last one that was finished'),
  })
  .meta({ id: 'Drift' });

/** The body may be left out: Fastify then hands over null. */
export const runDriftBody = z
  .strictObject({
    assertions: z
      .array(z.enum(assertionNames))
      .min(1)
      .max(assertionNames.length)
      .refine((names) => new Set(names).size === names.length, 'must name each assertion once')
      .optional()
      .describe('also those that are off; left out: those that are on, or else the three of the runbook'),
  })
  .nullable()
  .transform((body) => body ?? {});

export const driftRunAsked = z.strictObject({ runId: z.string() }).meta({ id: 'DriftRunAsked' });

export const listFindingsQuery = z.strictObject({
  ...pageQuery,
  open: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  tag: z.enum(driftTags).optional(),
});

export const finding = z
  .strictObject({
    id: z.string(),
    tag: z.enum(driftTags),
    subject: z.string().describe('with the tag, the identity of the finding'),
    class: z.enum(driftClasses),
    open: z.boolean(),
    tenantId: z.string().nullable(),
    eId: z.string().nullable(),
    postmarkServerId: z.number().int().nullable(),
    keyVersionId: z.string().nullable(),
    recordName: z.string().nullable(),
    firstSeenAt: z.date(),
    openedAt: z.date().describe('of this opening'),
    lastSeenAt: z.date(),
    quietUntil: z.date().nullable().describe('not reported before: the change may still be propagating'),
    reportedAt: z.date().nullable().describe('when Sentry was told of this opening'),
    resolvedAt: z.date().nullable(),
    openings: z.number().int(),
    correction: z
      .strictObject({
        planId: z.string(),
        kind: z.enum(correctionKinds),
        author: z.string(),
        acceptedAt: z.date(),
        endedAt: z.date().nullable(),
        outcome: z.enum(['done', 'failed', 'moved']).nullable().describe('moved: it was not any more as the plan saw it'),
        detail: z.string().nullable(),
      })
      .nullable()
      .describe('the last plan that was to mend it'),
    evidence: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
    fix: z.strictObject({ text: z.string(), command: z.string() }).describe('the one command that would mend it'),
  })
  .meta({ id: 'DriftFinding' });
export type FindingRecord = z.infer<typeof finding>;

export const findingPage = pageOf(finding).meta({ id: 'DriftFindingPage' });
