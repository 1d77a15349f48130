/**
 * Looks at domains that wait for verification, many in one pass, so that what they cost does not grow with how many they are: a pass is one claim, one
 * read, one list of Postmark's, and one write for all that saw nothing new. Each name is asked of DNS, so many at once.
 *
 * Guarantee: every look is settled under its claim's fence, and a domain that waits is looked at once an interval. Postmark is asked to verify as fast as
 * the account's budget allows, those whose records have just appeared first; the others make do with the list.
 * On a crash the claims are free when the lease has run out; a look may be taken twice.
 */
import type { Configuration } from '../core/configuration/records.ts';
import type { RecordProbe } from '../ports/ports.ts';
import { findConfigurations } from '../store/configurations.ts';
import { claimLooks, type EffectClaim, type Postponement, postponeEffects, releaseEffects, settleEffect } from '../store/effects.ts';
import { apply } from './apply.ts';
import { sharedDomainFlags } from './domainFlags.ts';
import { inParallel } from './inParallel.ts';
import type { Lanes } from './lanes.ts';
import { askPostmark, conclude, isFresh, type Look, probeRecords, readList, wantsToAsk } from './tasks/check-verification.ts';
import type { TaskAnswer } from './tasks/task.ts';
import type { WorkContext } from './workContext.ts';

/** Ten thousand that wait are looked at in ten passes; a pass of this many holds a few megabytes. */
const looksAtOnce = 1_000;
/** Domains whose names are asked of DNS at the same time. */
const probesAtOnce = 32;
/** After so many domains in a row whose name servers were silent, the rest of a pass is not asked: each would wait for all its time-outs. */
const silencesMax = 32;
/** In one pass. On credit of the account's budget, so a provisioning step waits behind no more than these. */
const asksAtOnce = 2;
/** Transactions at the same time, of looks that are events. */
const eventsAtOnce = 4;
/** Process time: a pass that asks for longer keeps the other looks waiting. */
const asksForMs = 2_000;
/** Domain time: when a domain that should have been asked for is looked at again. */
const askAgainMs = 1_000;
const troubleAgainMs = 1_000;

/** Passes under way at once: while one asks Postmark, the next looks. */
export const looksUnderWayMax = 2;

/** One pass: begins the looks that are due. Answers how many. */
export const runLooks = async (ctx: WorkContext, lanes: Lanes, askForMs = asksForMs): Promise<number> => {
  if (lanes.free() === 0) return 0;
  const claims = await claimLooks(ctx.db, ctx.holder, ctx.now(), looksAtOnce).catch((error: unknown) => {
    ctx.leftovers.keep(() => releaseEffects(ctx.db, ctx.holder));
    throw error;
  });
  if (claims.length > 0) lanes.begin(lookAll(ctx, claims, askForMs));
  return claims.length;
};

const lookAll = async (ctx: WorkContext, claims: readonly EffectClaim[], askForMs: number): Promise<number> => {
  try {
    const asksUntil = performance.now() + askForMs;
    const looks = await probeAll(ctx, await stillWaiting(ctx, claims));
    const { asking = [], reading = [] } = Object.groupBy(looks, (look) => (wantsToAsk(look) ? 'asking' : 'reading'));
    await readAll(ctx, reading);
    await askAll(ctx, asking, asksUntil);
  } catch (error) {
    ctx.observe.trouble('verification', error);
    const runAt = new Date(ctx.now().getTime() + troubleAgainMs);
    ctx.leftovers.keep(() =>
      postponeEffects(
        ctx.db,
        claims.map((claim) => ({ claim, runAt, note: claim.lastError })),
      ),
    );
  }
  return claims.length;
};

type Waiting = { claim: EffectClaim; c: Configuration };

/** What was decided for an older generation, or for nobody any more, is settled here. */
const stillWaiting = async (ctx: WorkContext, claims: readonly EffectClaim[]): Promise<Waiting[]> => {
  const found = new Map((await findConfigurations(ctx.db, claims)).map((c) => [`${c.tenantId} ${c.eId}`, c]));
  const waiting: Waiting[] = [];
  for (const claim of claims) {
    const c = found.get(`${claim.tenantId} ${claim.configurationEId}`);
    if (c !== undefined && c.generation === claim.generation && c.operational === 'AWAITING_VERIFICATION') waiting.push({ claim, c });
    else await settleEffect(ctx.db, claim, c === undefined ? 'no such configuration' : 'superseded', ctx.now());
  }
  return waiting;
};

const probeAll = async (ctx: WorkContext, waiting: readonly Waiting[]): Promise<Look[]> => {
  const looks: Look[] = [];
  let silences = 0;
  await inParallel(probesAtOnce, waiting, async ({ claim, c }) => {
    const seen = await probeRecords(silences < silencesMax ? ctx.ports.probe : silent, c);
    silences = seen.evidence.includes('unreachable') ? silences + 1 : 0;
    looks.push({ claim, c, seen });
  });
  return looks;
};

const unreachable = async () => ({ kind: 'unreachable', reason: 'not asked: the name servers answer nobody at present' }) as const;
const silent: RecordProbe = { txt: unreachable, cname: unreachable };

/** Those that Postmark is not asked about make do with its list. */
const readAll = async (ctx: WorkContext, looks: readonly Look[]): Promise<void> => {
  if (looks.length === 0) return;
  const list = await sharedDomainFlags(ctx);
  await settleAll(
    ctx,
    looks.map((look) => ({ look, answer: conclude(ctx, look, readList(list, look)) })),
  );
};

const askAll = async (ctx: WorkContext, asking: readonly Look[], asksUntil: number): Promise<void> => {
  const { fresh = [], known = [] } = Object.groupBy(asking, (look) => (isFresh(look) ? 'fresh' : 'known'));
  const missed: Look[] = [];
  await inParallel(asksAtOnce, [...fresh, ...known], async (look) => {
    if (performance.now() < asksUntil && !ctx.stopping.aborted)
      await settleAll(ctx, [{ look, answer: conclude(ctx, look, await askPostmark(ctx, look)) }]);
    else missed.push(look);
  });
  const { soon = [], reading = [] } = Object.groupBy(missed, (look) => (isFresh(look) ? 'soon' : 'reading'));
  await settleAll(
    ctx,
    soon.map((look) => ({ look, answer: { kind: 'again', afterMs: askAgainMs, note: look.claim.lastError } })),
  );
  await readAll(ctx, reading);
};

type Settlement = { look: Look; answer: TaskAnswer };

const settleAll = async (ctx: WorkContext, settlements: readonly Settlement[]): Promise<void> => {
  const now = ctx.now().getTime();
  const postponed: Postponement[] = [];
  const told: Settlement[] = [];
  for (const settlement of settlements) {
    const { look, answer } = settlement;
    if (answer.kind === 'again')
      postponed.push({ claim: look.claim, runAt: new Date(now + (answer.afterMs ?? askAgainMs)), note: answer.note });
    else told.push(settlement);
  }
  await postponeEffects(ctx.db, postponed);
  await inParallel(eventsAtOnce, told, async ({ look: { claim, c }, answer }) => {
    if (answer.kind !== 'event') return;
    const caller = { author: 'postroute', requestId: claim.id, traceParent: claim.traceParent };
    await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event: answer.event, caller, answers: claim });
  });
};
