/**
 * Takes messages: gates, idempotency, and a job on disk before the answer.
 *
 * Guarantee: one key makes one job; what is answered `accepted` is committed; a refusal leaves nothing behind.
 * Mechanism: one statement reads the facts of all requests and writes those that they let through; the pure gates then say why the others were not
 * taken. What the gates would have let through met a key or a lock of the same moment: it is offered once more, with all others of its kind.
 */

import type { ProblemCode, ProblemExtra } from '../core/errors.ts';
import { firstRefusal, type GateFacts } from '../core/job/gates.ts';
import { brokenLimit } from '../core/job/limits.ts';
import type { EmailJob } from '../core/job/records.ts';
import { type AcceptanceFacts, findJobs, type NewJob, queuedJob, takeJobs } from '../store/acceptance.ts';
import { waitingOnOf } from './describe.ts';
import type { AcceptOutcome, AcceptRequest, Caller } from './outcomes.ts';
import type { WorkContext } from './workContext.ts';

export type AcceptContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'keyring' | 'hint' | 'observe' | 'settings'>;

type Judged =
  | { kind: 'settled'; outcome: AcceptOutcome }
  | { kind: 'seen'; tenantId: string; jobEId: string }
  /** Nothing stands in its way that was there when the statement began. */
  | { kind: 'passed' };

export type Asked = { request: AcceptRequest; caller: Caller };
type Fault = { code: ProblemCode; detail: string; extra?: ProblemExtra };
type Offer = Asked & { job: NewJob; fault: Fault | null };

/** One outcome per request, in order. */
export const accept = (ctx: AcceptContext, requests: readonly AcceptRequest[], caller: Caller): Promise<AcceptOutcome[]> =>
  acceptTogether(
    ctx,
    requests.map((request) => ({ request, caller })),
  );

/** The same for requests of several callers and tenants: one statement and one commit for all. */
export const acceptTogether = async (ctx: AcceptContext, asked: readonly Asked[]): Promise<AcceptOutcome[]> => {
  const judged = await judgeInRounds(ctx, asked.map(offerOf(ctx)));
  const accepted = judged.filter((one) => one.kind === 'settled' && one.outcome.kind === 'accepted').length;
  if (accepted > 0) ctx.hint('jobs');
  ctx.observe.accepted(accepted);
  const seen = judged.flatMap((one) => (one.kind === 'seen' ? [{ tenantId: one.tenantId, eId: one.jobEId }] : []));
  const jobs = new Map((seen.length === 0 ? [] : await findJobs(ctx.db, seen)).map((job) => [job.eId, job]));
  const outcomes = judged.map((one) => outcomeOf(one, jobs));
  for (const outcome of outcomes) if (outcome.kind === 'refused') ctx.observe.rejected(outcome.code);
  const replayed = outcomes.filter(({ kind }) => kind === 'replayed').length;
  if (replayed > 0) ctx.observe.replayed(replayed);
  return outcomes;
};

const offerOf =
  (ctx: AcceptContext) =>
  ({ request, caller }: Asked): Offer => ({
    request,
    caller,
    job: newJob(ctx, request, caller),
    fault: request.fault ?? limitFault(request),
  });

const limitFault = ({ payload }: AcceptRequest): Fault | null => {
  const limit = brokenLimit(payload, Buffer.byteLength);
  if (limit === null) return null;
  const { code, detail, pointer } = limit;
  return { code, detail, extra: { errors: [{ pointer, detail }] } };
};

/** The first of a key that the gates let through is taken by the second round, and what shares its key sees it in the third. */
const roundsMax = 3;

const judgeInRounds = async (ctx: AcceptContext, offers: readonly Offer[]): Promise<Judged[]> => {
  let judged = await judgeAll(ctx, offers);
  for (let round = 1; round < roundsMax; round += 1) {
    const left = offers.filter((_, index) => judged[index]?.kind === 'passed');
    if (left.length === 0) break;
    const again = (await judgeAll(ctx, left)).values();
    judged = judged.map((one) => (one.kind === 'passed' ? (again.next().value ?? one) : one));
  }
  return judged;
};

const judgeAll = async (ctx: AcceptContext, offers: readonly Offer[]): Promise<Judged[]> => {
  const keys = new Set<string>();
  const facts = await takeJobs(
    ctx.db,
    offers.map(({ job, fault }) => ({ job, takeable: fault === null && isNew(keys, `${job.tenantId} ${job.idempotencyKey}`) })),
  );
  return Promise.all(offers.map((offer, index) => judge(ctx, offer, facts[index])));
};

/** Two items of one batch may carry the same key; the first makes the job, the second replays it or conflicts with it. */
const isNew = (keys: Set<string>, key: string): boolean => {
  const before = keys.size;
  return keys.add(key).size > before;
};

const refused = (outcome: Omit<Extract<AcceptOutcome, { kind: 'refused' }>, 'kind'>): Judged => ({
  kind: 'settled',
  outcome: { kind: 'refused', ...outcome },
});

const judge = async (ctx: AcceptContext, { request, job, fault }: Offer, facts: AcceptanceFacts | undefined): Promise<Judged> => {
  if (facts?.operational == null || facts.administrative == null) {
    return refused({ code: 'not_found', detail: `there is no configuration ${request.configurationEId}`, extra: {} });
  }
  if (facts.taken) return { kind: 'settled', outcome: { kind: 'accepted', job: queuedJob(job) } };
  // Before every other gate: a replay is answered with the truth about its job, whatever has become of the configuration since.
  if (facts.seenJobEId !== null)
    return facts.seenHash === request.requestHash
      ? { kind: 'seen', tenantId: request.tenantId, jobEId: facts.seenJobEId }
      : keyReused(request);
  const gate = firstRefusal(gateFacts(ctx, facts, facts.operational, facts.administrative));
  if (gate?.gate === 'recipientAllowed')
    return refused({ code: 'recipient_suppressed', detail: `${request.recipient} is ${gate.evidence}`, extra: {} });
  if (gate !== null) {
    const waitingOn = await waitingOnOf(ctx, request.tenantId, request.configurationEId);
    return refused({ code: 'not_sendable', detail: gate.evidence, extra: { waitingOn } });
  }
  return fault === null ? { kind: 'passed' } : refused({ extra: {}, ...fault });
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

const outcomeOf = (judged: Judged, seen: ReadonlyMap<string, EmailJob>): AcceptOutcome => {
  switch (judged.kind) {
    case 'settled':
      return judged.outcome;
    case 'seen':
      return replay(judged.jobEId, seen.get(judged.jobEId));
    case 'passed':
      return soonOtherwise('the configuration was locked and unlocked meanwhile');
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
