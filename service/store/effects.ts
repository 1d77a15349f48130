/**
 * Effects: decided inside `apply`, claimed by runners. A claim is a holder and a fence; every later statement repeats the fence, so a holder
 * that was given up for dead changes nothing when it comes back.
 */
import { z } from 'zod';
import { type Effect, type EffectKind, effectKinds, stepKinds } from '../core/configuration/effects.ts';
import { type CommonQueryMethods, sql } from './pool.ts';

export const effectClaim = z.strictObject({
  tenantId: z.string(),
  id: z.string(),
  configurationEId: z.string(),
  kind: z.enum(effectKinds),
  generation: z.number().int(),
  createdAt: z.date(),
  attempts: z.number().int(),
  intentAt: z.date().nullable(),
  alertedAt: z.date().nullable(),
  lastError: z.string().nullable(),
  fence: z.number().int(),
  traceParent: z.string().nullable(),
});
export type EffectClaim = z.infer<typeof effectClaim>;
const stepClaim = effectClaim.extend({ kind: z.enum(stepKinds) });
export type StepClaim = z.infer<typeof stepClaim>;

/** `note`: what an operator is shown of it before its first try; `traceParent`: the trace that it is part of. */
export const insertEffect = async (
  db: CommonQueryMethods,
  id: string,
  of: { tenantId: string; eId: string; generation: number },
  { kind, runAt }: Effect,
  now: Date,
  { note, traceParent }: { note: string | null; traceParent: string | null } = { note: null, traceParent: null },
): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into effect (tenant_id, id, configuration_e_id, kind, generation, run_at, created_at, last_error, trace_parent)
    values (${of.tenantId}, ${id}, ${of.eId}, ${kind}, ${of.generation}, ${sql.timestamp(runAt)}, ${sql.timestamp(now)}, ${note}, ${traceParent})`);
};

/**
 * Takes due effects that nobody alive holds, oldest first. Looks at domains that wait are claimed apart from the steps of the others, each by an index of
 * its own: ten thousand that wait must not stand before one that is being provisioned.
 */
const claiming = (which: ReturnType<typeof sql.fragment>, holder: string, now: Date, limit: number) => sql.fragment`
    with due as (
      select e.tenant_id, e.id from effect e
      where e.settled_at is null and ${which} and e.run_at <= ${sql.timestamp(now)}
        and (e.holder is null or not exists (select 1 from worker_lease w where w.holder = e.holder and w.expires_at > clock_timestamp()))
      order by e.run_at limit ${limit} for update skip locked
    )
    update effect e set holder = ${holder}, fence = e.fence + 1, attempts = e.attempts + 1
    from due where e.tenant_id = due.tenant_id and e.id = due.id
    returning e.tenant_id as "tenantId", e.id, e.configuration_e_id as "configurationEId", e.kind, e.generation, e.created_at as "createdAt",
      e.attempts, e.intent_at as "intentAt", e.alerted_at as "alertedAt", e.last_error as "lastError", e.fence,
      e.trace_parent as "traceParent"`;

/** Everything but looks. */
export const claimEffects = (db: CommonQueryMethods, holder: string, now: Date, limit: number): Promise<readonly StepClaim[]> =>
  db.any(sql.type(stepClaim)`${claiming(sql.fragment`e.kind <> 'check-verification'`, holder, now, limit)}`);

/** Looks at domains that wait for verification. */
export const claimLooks = (db: CommonQueryMethods, holder: string, now: Date, limit: number): Promise<readonly EffectClaim[]> =>
  db.any(sql.type(effectClaim)`${claiming(sql.fragment`e.kind = 'check-verification'`, holder, now, limit)}`);

export type GuardedOutcome = { kind: 'done' } | { kind: 'lost' };

const guarded = (row: { id: string } | null): GuardedOutcome => ({ kind: row === null ? 'lost' : 'done' });

/** `keepIntent`: the outcome of a call was never learned, and what it may have made is still to be looked for. */
export const settleEffect = async (
  db: CommonQueryMethods,
  claim: EffectClaim,
  outcome: string,
  now: Date,
  keepIntent = false,
): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      update effect e set settled_at = ${sql.timestamp(now)}, outcome = ${outcome}, holder = null,
        intent_at = case when ${keepIntent} then e.intent_at end
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} and e.settled_at is null returning e.id`),
  );

export const postponeEffect = async (
  db: CommonQueryMethods,
  claim: EffectClaim,
  runAt: Date,
  note: string | null,
): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      update effect e set run_at = ${sql.timestamp(runAt)}, last_error = ${note}, holder = null
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} and e.settled_at is null returning e.id`),
  );

export type Postponement = { claim: EffectClaim; runAt: Date; note: string | null };

/** As `postponeEffect`, for many in one statement. Claims that were lost stay as they are. */
export const postponeEffects = async (db: CommonQueryMethods, all: readonly Postponement[]): Promise<void> => {
  if (all.length === 0) return;
  const rows = all.map(({ claim: { tenantId, id, fence }, runAt, note }) => [tenantId, id, fence, runAt.toISOString(), note]);
  await db.query(sql.typeAlias('void')`
    update effect e set run_at = p.run_at, last_error = p.note, holder = null
    from ${sql.unnest(rows, ['text', 'uuid', 'int8', 'timestamptz', 'text'])} as p(tenant_id, id, fence, run_at, note)
    where e.tenant_id = p.tenant_id and e.id = p.id and e.fence = p.fence and e.settled_at is null`);
};

/** Whether the claim is still its holder's. In a transaction it stays so until that ends: who takes over waits. */
export const keepClaim = async (db: CommonQueryMethods, claim: EffectClaim): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      select e.id from effect e
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} and e.settled_at is null for update`),
  );

/** Written before a call that makes something outside, so that a crash leaves a row that says: look before you repeat. */
export const recordIntent = async (db: CommonQueryMethods, claim: EffectClaim, now: Date): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      update effect e set intent_at = coalesce(e.intent_at, ${sql.timestamp(now)})
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} and e.settled_at is null returning e.id`),
  );

/** The call was answered, and it made nothing. */
export const clearIntent = async (db: CommonQueryMethods, claim: EffectClaim): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      update effect e set intent_at = null
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} returning e.id`),
  );

export const recordAlert = async (db: CommonQueryMethods, claim: EffectClaim, now: Date): Promise<GuardedOutcome> =>
  guarded(
    await db.maybeOne(sql.typeAlias('id')`
      update effect e set alerted_at = ${sql.timestamp(now)}
      where e.tenant_id = ${claim.tenantId} and e.id = ${claim.id} and e.fence = ${claim.fence} and e.alerted_at is null returning e.id`),
  );

/** Whether a call of this kind was made for the configuration whose outcome was never learned. */
export const hasUnlearnedIntent = async (db: CommonQueryMethods, tenantId: string, eId: string, kind: EffectKind): Promise<boolean> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    select exists (
      select 1 from effect e where e.tenant_id = ${tenantId} and e.configuration_e_id = ${eId} and e.kind = ${kind} and e.intent_at is not null
    ) as flag`);
  return flag;
};

/** Everything of ours is gone: nothing is left to look for. */
export const forgetIntents = async (db: CommonQueryMethods, tenantId: string, eId: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    update effect e set intent_at = null where e.tenant_id = ${tenantId} and e.configuration_e_id = ${eId} and e.intent_at is not null`);
};

/** Gives back what this holder has not finished, at a stop. */
export const releaseEffects = async (db: CommonQueryMethods, holder: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`update effect e set holder = null where e.holder = ${holder} and e.settled_at is null`);
};
