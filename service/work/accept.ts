/**
 * Takes messages: gates, idempotency, and a job on disk before the answer.
 *
 * Guarantee: one key makes one job; what is answered `accepted` is committed; a refusal leaves nothing behind.
 * Mechanism: one query reads the facts of all requests, the pure gates judge them, one transaction inserts what passed. A key that another request took
 * in between is read once more, with all others of its kind, and is then a replay or a conflict.
 */

import { firstRefusal, type GateFacts } from '../core/job/gates.ts';
import { brokenLimit } from '../core/job/limits.ts';
import type { EmailJob } from '../core/job/records.ts';
import { type AcceptanceFacts, findJobs, insertJobs, type NewJob, readAcceptanceFacts } from '../store/acceptance.ts';
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
  const first = await judgeAll(ctx, asked);
  const wanted = firstOfEachKey(first.flatMap((one) => (one.kind === 'insert' ? [one.job] : [])));
  const inserted = new Map((wanted.length === 0 ? [] : await insertJobs(ctx.db, wanted)).map((job) => [job.eId, job]));
  if (inserted.size > 0) ctx.hint('jobs');
  ctx.observe.accepted(inserted.size);
  const judged = await judgeAgain(ctx, asked, first, inserted);
  const seen = judged.flatMap((one, index) =>
    one.kind === 'seen' ? [{ tenantId: asked[index]?.request.tenantId ?? '', eId: one.jobEId }] : [],
  );
  const jobs = new Map((seen.length === 0 ? [] : await findJobs(ctx.db, seen)).map((job) => [job.eId, job]));
  const outcomes = judged.map((one) => outcomeOf(one, inserted, jobs));
  for (const outcome of outcomes) if (outcome.kind === 'refused') ctx.observe.rejected(outcome.code);
  const replayed = outcomes.filter(({ kind }) => kind === 'replayed').length;
  if (replayed > 0) ctx.observe.replayed(replayed);
  return outcomes;
};

const judgeAll = async (ctx: AcceptContext, asked: readonly Asked[]): Promise<Judged[]> => {
  const facts = await readAcceptanceFacts(
    ctx.db,
    asked.map(({ request }) => request),
  );
  return Promise.all(asked.map((one, index) => judge(ctx, one, facts[index])));
};

/** Between our look and our insert another request took a key, or the configuration was locked: it has committed by now. */
const judgeAgain = async (
  ctx: AcceptContext,
  asked: readonly Asked[],
  first: readonly Judged[],
  inserted: ReadonlyMap<string, EmailJob>,
): Promise<Judged[]> => {
  const isPassedBy = (one: Judged | undefined): boolean => one?.kind === 'insert' && !inserted.has(one.job.eId);
  const passedBy = asked.filter((_, index) => isPassedBy(first[index]));
  if (passedBy.length === 0) return [...first];
  const again = (await judgeAll(ctx, passedBy)).values();
  return first.map((one) => (isPassedBy(one) ? (again.next().value ?? one) : one));
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
  draining: null,
  keyVersionId: facts.keyVersionId,
  keyLoaded: facts.keyVersionId !== null && ctx.keyring.has(facts.keyVersionId),
  keyTrouble: null,
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
  resendReason: request.resendReason ?? null,
  author: caller.author,
  requestId: caller.requestId,
  traceParent: caller.traceParent ?? null,
});

const outcomeOf = (judged: Judged, inserted: ReadonlyMap<string, EmailJob>, seen: ReadonlyMap<string, EmailJob>): AcceptOutcome => {
  switch (judged.kind) {
    case 'settled':
      return judged.outcome;
    case 'seen':
      return replay(judged.jobEId, seen.get(judged.jobEId));
    case 'insert': {
      const job = inserted.get(judged.job.eId);
      return job === undefined ? soonOtherwise('the configuration was locked and unlocked meanwhile') : { kind: 'accepted', job };
    }
  }
};

/** What a moment between two statements has changed: asked again, it has an answer. */
const soonOtherwise = (detail: string): AcceptOutcome => ({
  kind: 'refused',
  code: 'retry_later',
  detail,
  extra: { retryAfterSeconds: 1 },
});

const replay = (jobEId: string, job: EmailJob | undefined): AcceptOutcome => {
  if (job === undefined) return soonOtherwise('the job of this key has just come to the end of its retention');
  if (job.status === 'INCONSISTENT') {
    return { kind: 'refused', code: 'job_inconsistent', detail: `job ${jobEId} has contradicting events and waits for triage`, extra: {} };
  }
  return { kind: 'replayed', job };
};
