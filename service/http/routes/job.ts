/**
 * Accepting one message. The answer leaves after the commit; with `Prefer: wait`, after the outcome as well.
 */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../core/errors.ts';
import { type EmailJob, isSentOrEnded } from '../../core/job/records.ts';
import type { AcceptOutcome } from '../../work/outcomes.ts';
import { acceptRequest } from '../acceptRequest.ts';
import { basePath } from '../basePath.ts';
import type { HttpDeps } from '../deps.ts';
import { idempotencyKeyOf } from '../idempotencyKey.ts';
import { callerOf, tenantOf } from '../plugins/access.ts';
import { preferredWaitSeconds } from '../preferWait.ts';
import { presentJob } from '../present/job.ts';
import { job } from '../schemas/job.ts';
import { jobRequest } from '../schemas/jobRequest.ts';
import { replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

/** Ten megabytes of message, and what JSON's escapes add. */
const bodyBytesMax = 16 * 1024 * 1024;

export const acceptProblems = [
  ...writeProblems,
  'missing_tenant',
  'missing_idempotency_key',
  'route_disabled',
  'recipient_suppressed',
  'not_sendable',
  'job_inconsistent',
  'idempotency_key_reused',
  'attachment_forbidden',
  'retry_later',
] as const;

/** The job, or the refusal as the problem that it is. */
export const acceptedOf = (outcome: AcceptOutcome | undefined): Exclude<AcceptOutcome, { kind: 'refused' }> => {
  if (outcome === undefined) throw new Error('acceptance answered fewer requests than it was given');
  if (outcome.kind === 'refused') throw new Problem(outcome.code, outcome.detail, outcome.extra);
  return outcome;
};

export const acceptanceStatus = (outcome: Exclude<AcceptOutcome, { kind: 'refused' }>): 200 | 202 =>
  outcome.kind === 'replayed' && isSentOrEnded(outcome.job.status) ? 200 : 202;

const afterWaiting = async (deps: HttpDeps, request: FastifyRequest, accepted: EmailJob, waitSeconds: number | null): Promise<EmailJob> => {
  if (waitSeconds === null || waitSeconds === 0 || isSentOrEnded(accepted.status)) return accepted;
  return deps.waitForJob(tenantOf(request), accepted.eId, waitSeconds * 1000);
};

export const jobRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.post(
    '/job',
    {
      config: { access: 'tenant', idempotencyKey: 'required', preferWait: true },
      bodyLimit: bodyBytesMax,
      schema: {
        tags: ['job'],
        summary: 'Send one message',
        description: '202 once it is on disk. With `Prefer: wait=N`, 200 if it was sent or ended within N seconds.',
        body: jobRequest,
        response: replies({ 200: job, 202: job }, acceptProblems),
      },
      preValidation: async (request) => {
        idempotencyKeyOf(request);
      },
    },
    async (request, reply) => {
      const asked = acceptRequest(tenantOf(request), idempotencyKeyOf(request), request.body);
      const [outcome] = await deps.accept([asked], callerOf(request));
      const accepted = acceptedOf(outcome);
      const waitSeconds = preferredWaitSeconds(request.headers['prefer']);
      const shown = await afterWaiting(deps, request, accepted.job, waitSeconds);
      if (accepted.kind === 'replayed') reply.header('idempotent-replayed', 'true');
      if (waitSeconds !== null) reply.header('preference-applied', `wait=${waitSeconds}`);
      const ended = isSentOrEnded(shown.status) && (waitSeconds !== null || accepted.kind === 'replayed');
      return reply
        .code(ended ? 200 : 202)
        .header('location', `${basePath}/job/${shown.eId}`)
        .send(presentJob(shown));
    },
  );
};
