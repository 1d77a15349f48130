/**
 * Walks the fleet and gives each configuration a new secret, or the same one under a new key.
 *
 * Guarantee: one replica walks at a time, each configuration is dealt with by a step that may be repeated, and a run ends only when a question to the rows
 * finds nothing stale, or nothing that trying again could mend. Mechanism: a turn takes an advisory lock, reads how far the run is, deals with one
 * batch, and writes how far it came. On a crash the next turn, of any replica, begins at the last written position and repeats at most one batch.
 */
import { tryWithLock } from '../../store/advisoryLocks.ts';
import { liveProcesses } from '../../store/processStatus.ts';
import {
  clearTroubles,
  findRotation,
  firstPosition,
  moveRotation,
  noteTroubles,
  type RotationRun,
  type Trouble,
} from '../../store/rotations.ts';
import { inParallel } from '../inParallel.ts';
import type { WorkContext } from '../workContext.ts';
import { reEncryption } from './reEncryption.ts';
import { type Carried, namesOf, type Owner, type Rotation } from './rotation.ts';
import { webhookRotation } from './webhookRotation.ts';

/** Domain time. A process reports itself every few seconds, so a second is soon enough to look whether all have come along. */
const waitMs = 1_000;
/** Between two passes over what is left, doubled from one to the next: Postmark may be away for an hour. Domain time. */
const againMs = { first: 5_000, most: 300_000 };

/** One turn of each kind that runs. Answers how many configurations it dealt with. */
export const turnRotations = async (ctx: WorkContext): Promise<number> => {
  const encrypted = await turn(ctx, reEncryption);
  return encrypted + (await turn(ctx, webhookRotation));
};

const isDue = (run: RotationRun | null, now: Date): run is RotationRun => run !== null && run.finishedAt === null && run.runAt <= now;

const turn = async <O extends Owner>(ctx: WorkContext, rotation: Rotation<O>): Promise<number> => {
  // Asked before the lock: on most looks nothing runs.
  if (!isDue(await findRotation(ctx.db, rotation.kind), ctx.now())) return 0;
  const dealt = await tryWithLock(ctx.db, `postroute:rotation:${rotation.kind}`, async () => {
    const run = await findRotation(ctx.db, rotation.kind);
    return isDue(run, ctx.now()) ? step(ctx, rotation, run) : 0;
  });
  return dealt ?? 0;
};

const step = async <O extends Owner>(ctx: WorkContext, rotation: Rotation<O>, run: RotationRun): Promise<number> => {
  const own = rotation.target(ctx);
  const waitingFor = own === run.target ? await rotation.waitingFor(ctx, own) : await whatElse(ctx, rotation, run, own);
  if (waitingFor !== null) {
    await moveRotation(ctx.db, run, { waitingFor, runAt: new Date(ctx.now().getTime() + waitMs) });
    return 0;
  }
  if (own !== null && own !== run.target) {
    await moveRotation(ctx.db, run, { target: own, position: firstPosition, passes: 0, waitingFor: null });
    return 1;
  }
  const batch = await rotation.stale(ctx, run.target, run.position, rotation.batchMax);
  if (batch.length === 0) return endOfPass(ctx, rotation, run);
  await dealWith(ctx, rotation, run, batch);
  return batch.length;
};

/**
 * For a process that would give something else than the run is for. It may not have heard yet: then the run is left to those that have. When nobody holds
 * the old target any more, the run goes on to the new one.
 */
const whatElse = async <O extends Owner>(
  ctx: WorkContext,
  rotation: Rotation<O>,
  { target }: RotationRun,
  own: string | null,
): Promise<string | null> => {
  if (own === null) return 'no key version is loaded to seal with';
  const others = (await liveProcesses(ctx.db)).filter((process) => rotation.targetOf(process) !== own);
  if (others.length === 0) return null;
  const holding = others.some((process) => rotation.targetOf(process) === target);
  return holding ? 'a turn of a process that holds the new secret' : `${namesOf(others)} to hold the same secret as the others`;
};

const dealWith = async <O extends Owner>(ctx: WorkContext, rotation: Rotation<O>, run: RotationRun, batch: readonly O[]): Promise<void> => {
  const troubles: Trouble[] = [];
  const done: { tenantId: string; configurationEId: string }[] = [];
  await inParallel(rotation.atOnce, batch, async (owner) => {
    // What a stop interrupts has had no trouble of its own: the next turn begins with it.
    if (ctx.stopping.aborted) return;
    const carried = await rotation.carryOut(ctx, run, owner).catch((error: unknown): Carried => faultOfOurs(ctx, error));
    const of = { tenantId: owner.tenantId, configurationEId: owner.eId };
    if (carried.kind === 'done') done.push(of);
    else if (!ctx.stopping.aborted) troubles.push({ ...of, lasting: carried.lasting, code: carried.code, detail: carried.detail });
  });
  await noteTroubles(ctx.db, run.kind, troubles, ctx.now());
  await clearTroubles(ctx.db, run.kind, done);
  ctx.observe.rotated(run.kind, done.length, troubles.length);
  if (ctx.stopping.aborted) return;
  await moveRotation(ctx.db, run, { position: batch.at(-1)?.eId ?? run.position, waitingFor: null });
};

/** One configuration that nobody thought of must not keep the whole fleet from its new secret. */
const faultOfOurs = (ctx: WorkContext, error: unknown): Carried => {
  ctx.observe.trouble('rotation', error);
  return {
    kind: 'trouble',
    lasting: false,
    code: 'internal',
    detail: 'a fault of our own; the log of the process that took this turn says which',
  };
};

/** Nothing stale beyond the position: over, or from the beginning with what is left. */
const endOfPass = async <O extends Owner>(ctx: WorkContext, rotation: Rotation<O>, run: RotationRun): Promise<number> => {
  const { stale, lasting, passing } = await rotation.countStale(ctx, run.target);
  const now = ctx.now();
  if (stale === lasting) {
    await moveRotation(ctx.db, run, { finishedAt: now, waitingFor: null });
    ctx.observe.rotationEnded(run.kind, stale);
    return 0;
  }
  // Configurations that were made meanwhile have had no turn yet, and need not wait for those that had trouble.
  const ladderMs = Math.min(againMs.first * 2 ** run.passes, againMs.most);
  const afterMs = passing === 0 ? 0 : ladderMs;
  const waitingFor = afterMs === 0 ? null : `${passing} configuration(s) to be tried again`;
  await moveRotation(ctx.db, run, {
    position: firstPosition,
    passes: run.passes + (afterMs === 0 ? 0 : 1),
    runAt: new Date(now.getTime() + afterMs),
    waitingFor,
  });
  return afterMs === 0 ? 1 : 0;
};
