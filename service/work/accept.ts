/**
 * Takes messages: gates, idempotency, and a job on disk before the answer.
 *
 * Guarantee: one key makes one job; what is answered `accepted` is committed; a refusal leaves nothing behind.
 * Mechanism: one query reads the facts of all requests, the pure gates judge them, one transaction inserts what passed. A key that another request took
 * in between is read once more, and is then a replay or a conflict.
 */

import { firstRefusal, type GateFacts } from '../core/job/gates.ts';
import { brokenLimit } from '../core/job/limits.ts';
import type { EmailJob } from '../core/job/records.ts';
import { type AcceptanceFacts, findJob, insertJobs, type NewJob, readAcceptanceFacts } from '../store/acceptance.ts';
import { waitingOnOf } from './describe.ts';
import type { AcceptOutcome, AcceptRequest, Caller } from './outcomes.ts';
import type { WorkContext } from './workContext.ts';

export type AcceptContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'keyring' | 'hint' | 'observe' | 'settings'>;

type Judged = { kind: 'settled'; outcome: AcceptOutcome } | { kind: 'insert'; job: NewJob } | { kind: 'seen'; jobEId: string };

export type Asked = { request: AcceptRequest; caller: Caller };

/** One outcome per request, in order. */
export const accept = (ctx: AcceptContext, requests: readonly AcceptRequest[], caller: Caller): Promise<AcceptOutcome[]> =>
  acceptTogether(
    ctx,
    requests.map((request) => ({ request, caller })),
  );

/** The same for requests of several callers and tenants: one look and one commit for all. */
export const acceptTogether = async (ctx: AcceptContext, asked: readonly Asked[]): Promise<AcceptOutcome[]> => {
  const facts = await readAcceptanceFacts(
    ctx.db,
    asked.map(({ request }) => request),
  );
  const judged = await Promise.all(asked.map((one, index) => judge(ctx, one, facts[index])));
  const wanted = firstOfEachKey(judged.flatMap((one) => (one.kind === 'insert' ? [one.job] : [])));
  const inserted = new Map((wanted.length === 0 ? [] : await insertJobs(ctx.db, wanted)).map((job) => [job.eId, job]));
  if (inserted.size > 0) ctx.hint('jobs');
  ctx.observe.accepted(inserted.size);
  const outcomes = await Promise.all(judged.map((one, index) => outcomeOf(ctx, one, asked[index], inserted)));
  for (const outcome of outcomes) if (outcome.kind === 'refused') ctx.observe.rejected(outcome.code);
  return outcomes;
};

/** Two items of one batch may carry the same key; the first makes the job, the second replays it or conflicts with it. */
const firstOfEachKey = (jobs: readonly NewJob[]): NewJob[] => [
  ...new Map(jobs.toReversed().map((job) => [`${job.tenantId} ${job.idempotencyKey}`, job])).values(),
];

const refused = (outcome: Omit<Extract<AcceptOutcome, { kind: 'refused' }>, 'kind'>): Judged => ({
  kind: 'settled',
  outcome: { kind: 'refused', ...outcome },
});

const judge = async (ctx: AcceptContext, { request, caller }: Asked, facts: AcceptanceFacts | undefined): Promise<Judged> => {
  if (facts?.operational == null || facts.administrative == null) {
    return refused({ code: 'not_found', detail: `there is no configuration ${request.configurationEId}`, extra: {} });
  }
  // Before every other gate: a replay is answered with the truth about its job, whatever has become of the configuration since.
  if (facts.seenJobEId !== null)
    return facts.seenHash === request.requestHash ? { kind: 'seen', jobEId: facts.seenJobEId } : keyReused(request);
  const gate = firstRefusal(gateFacts(ctx, facts, facts.operational, facts.administrative));
  if (gate?.gate === 'recipientAllowed')
    return refused({ code: 'recipient_suppressed', detail: `${request.recipient} is ${gate.evidence}`, extra: {} });
  if (gate !== null) {
    const waitingOn = await waitingOnOf(ctx, request.tenantId, request.configurationEId);
    return refused({ code: 'not_sendable', detail: gate.evidence, extra: { waitingOn } });
  }
  const limit = brokenLimit(request.payload, Buffer.byteLength);
  if (limit !== null)
    return refused({ code: limit.code, detail: limit.detail, extra: { errors: [{ pointer: limit.pointer, detail: limit.detail }] } });
  return { kind: 'insert', job: newJob(ctx, request, caller) };
};

const keyReused = ({ idempotencyKey }: AcceptRequest): Judged =>
  refused({ code: 'idempotency_key_reused', detail: `the key ${idempotencyKey} was used for another message`, extra: {} });

const gateFacts = (
  ctx: AcceptContext,
  facts: AcceptanceFacts,
  operational: GateFacts['operational'],
  administrative: GateFacts['administrative'],
): GateFacts => ({
  operational,
  administrative,
  keyVersionId: facts.keyVersionId,
  keyLoaded: facts.keyVersionId !== null && ctx.keyring.has(facts.keyVersionId),
  providerPause: null,
  suppression:
    facts.suppressionReason === null || facts.suppressedSince === null
      ? null
      : { reason: facts.suppressionReason, since: facts.suppressedSince },
});

const newJob = (ctx: AcceptContext, request: AcceptRequest, caller: Caller): NewJob => ({
  tenantId: request.tenantId,
  eId: ctx.newId(),
  configurationEId: request.configurationEId,
  idempotencyKey: request.idempotencyKey,
  requestHash: request.requestHash,
  recipient: request.recipient,
  payload: request.payload,
  acceptedAt: ctx.now(),
  resendOf: request.resendOf ?? null,
  author: caller.author,
  requestId: caller.requestId,
});

const outcomeOf = async (
  ctx: AcceptContext,
  judged: Judged,
  asked: Asked | undefined,
  inserted: ReadonlyMap<string, EmailJob>,
): Promise<AcceptOutcome> => {
  if (judged.kind === 'settled') return judged.outcome;
  if (asked === undefined) throw new Error('an outcome without its request');
  const { request } = asked;
  const jobEId = judged.kind === 'seen' ? judged.jobEId : judged.job.eId;
  const fresh = inserted.get(jobEId);
  if (fresh !== undefined) return { kind: 'accepted', job: fresh };
  if (judged.kind === 'seen') return replay(ctx, request, jobEId);
  // Between our look and our insert another request took the key, or the configuration was locked: it has committed by now.
  const [facts] = await readAcceptanceFacts(ctx.db, [request]);
  const again = await judge(ctx, asked, facts);
  if (again.kind === 'settled') return again.outcome;
  if (again.kind === 'seen') return replay(ctx, request, again.jobEId);
  return {
    kind: 'refused',
    code: 'retry_later',
    detail: 'the configuration was locked and unlocked meanwhile',
    extra: { retryAfterSeconds: 1 },
  };
};

const replay = async (ctx: AcceptContext, { tenantId }: AcceptRequest, jobEId: string): Promise<AcceptOutcome> => {
  const job = await findJob(ctx.db, tenantId, jobEId);
  if (job === null) throw new Error('a job that was there has gone');
  if (job.status === 'INCONSISTENT') {
    return { kind: 'refused', code: 'job_inconsistent', detail: `job ${jobEId} has contradicting events and waits for triage`, extra: {} };
  }
  return { kind: 'replayed', job };
};
