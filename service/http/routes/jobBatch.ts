/**
 * Accepting up to 500 messages in one request. Each is judged by itself: one that is wrong or refused does not cost the others their acceptance, and
 * its result carries the problem that `POST /job` would have answered.
 */
import { Problem, type ProblemExtra } from '../../core/errors.ts';
import type { AcceptOutcome, AcceptRequest } from '../../work/outcomes.ts';
import { acceptRequest } from '../acceptRequest.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf, tenantOf } from '../plugins/access.ts';
import { problemBody } from '../plugins/problem.ts';
import { fieldFaults } from '../plugins/validation.ts';
import { presentJob } from '../present/job.ts';
import { type BatchResult, batchResults } from '../schemas/job.ts';
import { batchItem, batchRequest } from '../schemas/jobRequest.ts';
import { replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';
import { acceptanceStatus, acceptedOf } from './job.ts';

/** What Postmark takes in one batch call. */
const bodyBytesMax = 50 * 1024 * 1024;

const judge = (tenantId: string, item: unknown, index: number): AcceptRequest | Problem => {
  const prefix = `/items/${index}`;
  const result = batchItem.safeParse(item);
  if (!result.success) {
    const errors = fieldFaults(result.error, prefix);
    const keyMissing = typeof item === 'object' && item !== null && !Object.hasOwn(item, 'idempotencyKey');
    return keyMissing
      ? new Problem('missing_idempotency_key', 'idempotencyKey is missing', { errors })
      : new Problem('invalid_request', 'the item is not valid: see errors', { errors });
  }
  const { idempotencyKey, ...message } = result.data;
  return acceptRequest(tenantId, idempotencyKey, message);
};

const refused = (problem: Problem, requestId: string): BatchResult => ({
  status: problem.status,
  problem: problemBody(problem, requestId),
});

/** Acceptance speaks of one message; here it is one of many. */
const within = (prefix: string, { errors, ...extra }: ProblemExtra): ProblemExtra =>
  errors === undefined ? extra : { ...extra, errors: errors.map(({ pointer, detail }) => ({ pointer: prefix + pointer, detail })) };

const resultOf = (outcome: AcceptOutcome | undefined, index: number, requestId: string): BatchResult => {
  if (outcome?.kind === 'refused') {
    return refused(new Problem(outcome.code, outcome.detail, within(`/items/${index}`, outcome.extra)), requestId);
  }
  const accepted = acceptedOf(outcome);
  const replayed = accepted.kind === 'replayed' ? { replayed: true as const } : {};
  return { status: acceptanceStatus(accepted), job: presentJob(accepted.job), ...replayed };
};

export const jobBatchRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.post(
    '/job/batch',
    {
      config: { access: 'tenant' },
      bodyLimit: bodyBytesMax,
      schema: {
        tags: ['job'],
        summary: 'Send up to 500 messages',
        description: 'Each item has its own idempotencyKey and its own result, in order.',
        body: batchRequest,
        response: replies({ 200: batchResults }, [...writeProblems, 'missing_tenant', 'route_disabled', 'retry_later']),
      },
    },
    async (request) => {
      const tenantId = tenantOf(request);
      const judged = request.body.items.map((item, index) => judge(tenantId, item, index));
      const asked = judged.filter((each): each is AcceptRequest => !(each instanceof Problem));
      const outcomes = asked.length === 0 ? [] : await deps.accept(asked, callerOf(request));
      const answers = outcomes.values();
      const results = judged.map((each, index) =>
        each instanceof Problem ? refused(each, request.id) : resultOf(answers.next().value, index, request.id),
      );
      return { results };
    },
  );
};
