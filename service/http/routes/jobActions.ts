/** What a person may still do to a job: cancel it while it waits, send it again, or say how it ended when its events contradict each other. */
import { Problem } from '../../core/errors.ts';
import type { JobActionOutcome } from '../../work/outcomes.ts';
import { basePath } from '../basePath.ts';
import type { HttpDeps } from '../deps.ts';
import { optionalIdempotencyKeyOf } from '../idempotencyKey.ts';
import { callerOf, keyHolderOf, tenantOf } from '../plugins/access.ts';
import { presentJob } from '../present/job.ts';
import { eIdParams } from '../schemas/identifiers.ts';
import { emptyBody, job, resendBody, triageBody } from '../schemas/job.ts';
import { replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';
import { acceptanceStatus, acceptedOf, acceptProblems } from './job.ts';

const tags = ['job'];
const problems = [...writeProblems, 'missing_tenant', 'route_disabled', 'signal_not_accepted'] as const;

type Refused = Exclude<JobActionOutcome, { kind: 'done' }>;

const refusal = (outcome: Refused, rule: string): Problem =>
  outcome.kind === 'notFound'
    ? new Problem('not_found', 'no such job, or not yours')
    : new Problem('signal_not_accepted', `the job is ${outcome.status}; ${rule}`);

const resendDescription =
  '202 once it is on disk. With `Idempotency-Key` a repeat of the same job and reason is answered as a replay of `POST /job` is: the same new job, `Idempotent-Replayed: true`, 200 once it was sent or has ended. Without it each call sends again; `X-Request-Id` names a request and keeps nothing from being done twice.';

const triageDescription = [
  'INCONSISTENT: its events contradict each other; the resolution stands, whatever is reported later. HELD with `lastError.code` `server_gone`: the Postmark',
  'server it was handed to is gone, and nothing can look it up; the resolution stands until Postmark reports on the message. `dropped` ends such a job as',
  'DEAD_LETTER, which `resend` takes, or as CANCELLED after a force-lock or a removal; `bounced` and `complained` suppress the recipient. Nothing is sent.',
  'Any other job is 409: of a HELD one that can still be looked up `detail` says when the next look is.',
].join(' ');

const triageRule = (outcome: Refused): string => {
  if (outcome.kind === 'notAccepted' && outcome.status === 'HELD') {
    const nextLook = outcome.nextAttemptAt === null ? 'now' : `at ${outcome.nextAttemptAt.toISOString()}`;
    return `it can still be looked up, next ${nextLook}: no triage is needed yet`;
  }
  return outcome.kind === 'notAccepted' && outcome.status === 'INCONSISTENT'
    ? 'its events show that it went out: it was delivered, bounced or complained'
    : 'only an INCONSISTENT job can be triaged, or a HELD one that can no longer be looked up';
};

export const jobActionRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.post(
    '/job/:eId/cancel',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'Cancel a job that is still queued',
        params: eIdParams,
        body: emptyBody,
        response: replies({ 200: job }, problems),
      },
    },
    async (request) => {
      const outcome = await deps.cancelJob({ tenantId: tenantOf(request), eId: request.params.eId }, callerOf(request));
      if (outcome.kind !== 'done') throw refusal(outcome, 'only a QUEUED job can be cancelled');
      return presentJob(outcome.job);
    },
  );

  app.post(
    '/job/:eId/resend',
    {
      config: { access: 'tenant', idempotencyKey: 'optional' },
      schema: {
        tags,
        summary: 'Send the same message again, as a new job',
        description: resendDescription,
        params: eIdParams,
        body: resendBody,
        response: replies({ 200: job, 202: job }, [...acceptProblems, 'signal_not_accepted']),
      },
      preValidation: async (request) => {
        optionalIdempotencyKeyOf(request);
      },
    },
    async (request, reply) => {
      const { eId } = request.params;
      const asked = { tenantId: tenantOf(request), eId, idempotencyKey: optionalIdempotencyKeyOf(request), reason: request.body.reason };
      const outcome = await deps.resendJob(asked, callerOf(request));
      if (outcome.kind === 'notFound' || outcome.kind === 'notAccepted')
        throw refusal(outcome, 'a job can be resent once it was sent or has ended, while its message is kept');
      const accepted = acceptedOf(outcome);
      if (accepted.kind === 'replayed') reply.header('idempotent-replayed', 'true');
      reply.code(acceptanceStatus(accepted)).header('location', `${basePath}/job/${accepted.job.eId}`);
      return presentJob({ ...accepted.job, resendOf: eId });
    },
  );

  app.post(
    '/job/:eId/triage',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'Say what became of a job that nobody else can tell of',
        description: triageDescription,
        params: eIdParams,
        body: triageBody,
        response: replies({ 200: job }, problems),
      },
    },
    async (request) => {
      const asked = { tenantId: tenantOf(request), eId: request.params.eId, origin: keyHolderOf(request).kind, ...request.body };
      const outcome = await deps.triageJob(asked, callerOf(request));
      if (outcome.kind !== 'done') throw refusal(outcome, triageRule(outcome));
      return presentJob(outcome.job);
    },
  );
};
