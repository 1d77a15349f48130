/**
 * After a force-lock: waits until no process has a call under way for the configuration.
 *
 * Each was told to abort, and then its jobs leave SENDING within milliseconds. One that was not reached is dead, or will be taken for dead when its lease
 * ends; longer is not waited, since its jobs are then looked up and cannot be handed over under the old claim.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { countInFlight } from '../store/drains.ts';
import type { WorkContext } from './workContext.ts';

const lookMs = 20;
/** The sweep that frees a dead holder's jobs comes this often at most. */
const sweepMs = 2_000;

export const awaitSilence = async (ctx: Pick<WorkContext, 'db' | 'settings'>, tenantId: string, eId: string): Promise<void> => {
  const until = performance.now() + ctx.settings.leaseSeconds * 1000 + sweepMs;
  while ((await countInFlight(ctx.db, tenantId, eId)).sending > 0 && performance.now() < until) await sleep(lookMs);
};
