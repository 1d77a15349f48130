/**
 * Plans: the corrections that would mend what is open, and their acceptance.
 *
 * A plan is not stored: its id is the digest of what it is made of, findings and rows, so that a plan that is asked for again after anything moved is another.
 * Accepting one looks at each of its findings once more, outside; what has moved since refuses the whole plan.
 */
import { createHash } from 'node:crypto';
import { ownServerPrefixOf } from '../../core/configuration/names.ts';
import { type Plan, type PlannedFinding, planOf } from '../../core/drift/plan.ts';
import { PortFault } from '../../core/portFault.ts';
import { tryWithLock } from '../../store/advisoryLocks.ts';
import { acceptCorrection, plannedFindings, refusedBySlug } from '../../store/driftPlans.ts';
import type { Caller } from '../outcomes.ts';
import type { WorkContext } from '../workContext.ts';
import { isSame, lookAgain } from './lookAgain.ts';
import { Unobserved } from './unobserved.ts';

export type IdentifiedPlan = Plan & { planId: string };

export type AcceptPlanOutcome =
  | { kind: 'accepted'; plan: IdentifiedPlan }
  /** It is not the plan of this moment. */
  | { kind: 'moved'; detail: string }
  /** A run or another plan is under way, or the outside cannot be seen. */
  | { kind: 'notNow'; detail: string };

/** Far more than a plan touches; what is beyond is counted with what is left. */
const findingsMax = 5_000;
/** 128 bits in hexadecimal. */
const idLength = 32;

export const currentPlan = async (ctx: WorkContext, tenantsMax: number): Promise<IdentifiedPlan> => {
  const found = await plannedFindings(ctx.db, findingsMax);
  const plan = planOf(await withAdopters(ctx, found), tenantsMax);
  const content = plan.corrections.map(({ kind, findings }) => [
    kind,
    ...findings.map(({ id, tag, class: seen, openedAt, mark, adopter, evidence }) => [
      id,
      tag,
      seen,
      openedAt,
      mark,
      adopter,
      sorted(evidence),
    ]),
  ]);
  const planId = createHash('sha256')
    .update(JSON.stringify([tenantsMax, content]))
    .digest('hex')
    .slice(0, idLength);
  return { ...plan, planId };
};

const sorted = (evidence: PlannedFinding['evidence']) => Object.entries(evidence).toSorted(([a], [b]) => (a < b ? -1 : 1));

const withAdopters = async (ctx: WorkContext, found: readonly Omit<PlannedFinding, 'adopter'>[]): Promise<PlannedFinding[]> => {
  const prefix = ownServerPrefixOf(ctx.settings.mailZoneName);
  const slugOf = ({ tag, evidence }: Omit<PlannedFinding, 'adopter'>): string | null => {
    const { serverName } = evidence;
    const isOrphan = tag === 'email.drift.postmark_orphan_server' && typeof serverName === 'string';
    return isOrphan ? serverName.slice(prefix.length).toLowerCase() : null;
  };
  const refused = await refusedBySlug(
    ctx.db,
    found.flatMap((finding) => slugOf(finding) ?? []),
  );
  const bySlug = new Map(refused.map(({ slug, tenantId, eId }) => [slug, { tenantId, eId }]));
  return found.map((finding) => ({ ...finding, adopter: bySlug.get(slugOf(finding) ?? '') ?? null }));
};

export const acceptPlan = async (ctx: WorkContext, tenantsMax: number, planId: string, caller: Caller): Promise<AcceptPlanOutcome> => {
  const outcome = await tryWithLock(ctx.db, driftLock, () => underLock(ctx, tenantsMax, planId, caller));
  return outcome ?? { kind: 'notNow', detail: 'a run is under way, or another plan is being carried out' };
};

/** Of runs, of corrections, and of the acceptance of plans. */
export const driftLock = 'postroute:drift';

const underLock = async (ctx: WorkContext, tenantsMax: number, planId: string, caller: Caller): Promise<AcceptPlanOutcome> => {
  const plan = await currentPlan(ctx, tenantsMax);
  if (plan.planId !== planId) return { kind: 'moved', detail: 'findings or configurations have changed since this plan was made' };
  const moved = await whatMoved(ctx, plan);
  if (moved !== null) return moved;
  const at = ctx.now();
  await ctx.db.transaction(async (db) => {
    for (const correction of plan.corrections) await acceptCorrection(db, ctx.newId(), correction, { planId, ...caller, at });
  });
  return { kind: 'accepted', plan };
};

const whatMoved = async (ctx: WorkContext, { corrections }: Plan): Promise<AcceptPlanOutcome | null> => {
  try {
    for (const { tenantId, findings } of corrections)
      for (const finding of findings)
        if (!isSame(finding, await lookAgain(ctx, finding, finding.tenantId ?? tenantId)))
          return { kind: 'moved', detail: `${finding.tag} of ${finding.subject} is not as it was: run the assertions again` };
    return null;
  } catch (error) {
    if (!(error instanceof PortFault || error instanceof Unobserved)) throw error;
    return { kind: 'notNow', detail: `what is outside cannot be seen: ${error.message}` };
  }
};
