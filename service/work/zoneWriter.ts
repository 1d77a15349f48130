/**
 * Writes a zone: one writer at a time, whoever holds the advisory lock; writes gather for `coalesceMs` and go out together.
 *
 * Guarantee: a change is submitted at least once (UPSERT is idempotent, a DELETE that is repeated is answered "gone" and checked by its task) and its
 * effect goes on when every name server has it.
 * On a crash between the submission and its record, the same changes are submitted again.
 */
import { PortFault } from '../core/portFault.ts';
import type { ZoneChange, ZoneWriter } from '../ports/ports.ts';
import { tryWithZoneLock } from '../store/advisoryLocks.ts';
import {
  gatherZoneChanges,
  hasOpenZoneChanges,
  markFailed,
  markInSync,
  markSubmitted,
  pendingChangeIds,
  type ZoneChangeRow,
} from '../store/zoneChanges.ts';
import type { WorkContext } from './workContext.ts';

/** Route 53: 1,000 records and 32,000 value characters a batch, and UPSERT counts twice for both. */
const recordsMax = 500;
const valueCharactersMax = 16_000;

/** `coalesceMs` 0 submits at once what has gathered: a virtual clock that is about to move on does not wait for more. */
export const writeZone = async (ctx: WorkContext, coalesceMs = ctx.settings.coalesceMs): Promise<number> => {
  const { zoneId } = ctx.settings;
  // Asked before the lock is: most looks find nothing, and cost one question instead of four.
  if (!(await hasOpenZoneChanges(ctx.db, zoneId))) return 0;
  const done = await tryWithZoneLock(
    ctx.db,
    zoneId,
    async () => (await submitGathered(ctx, zoneId, coalesceMs)) + (await followPending(ctx, zoneId)),
  );
  return done ?? 0;
};

const toChange = ({ action, name, type, ttl, values }: ZoneChangeRow): ZoneChange => ({ action, record: { name, type, ttl, values } });

/** Route 53 counts a value as it is written: in strings of 255 bytes, each in quotes, with its own quotes and everything unprintable escaped. */
const writtenLength = (value: string): number => {
  const bytes = Buffer.from(value, 'utf8');
  const escaped = bytes.reduce((sum, byte) => sum + (byte === 0x22 || byte === 0x5c ? 2 : byte >= 0x20 && byte < 0x7f ? 1 : 4), 0);
  return escaped + 3 * Math.ceil(bytes.length / 255);
};

/** As many of the gathered changes as fit one batch, oldest first. */
export const fitBatch = (rows: readonly ZoneChangeRow[]): ZoneChangeRow[] => {
  let characters = 0;
  const batch: ZoneChangeRow[] = [];
  for (const row of rows) {
    characters += row.values.reduce((sum, value) => sum + writtenLength(value), 0);
    if (batch.length > 0 && characters > valueCharactersMax) break;
    batch.push(row);
  }
  return batch;
};

/** After a call that was throttled or lost, the zone is left alone for a while, ever longer: asking again at once would only add to the load. Domain time. */
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;
const pauses = new WeakMap<ZoneWriter, { until: number; forMs: number }>();

const pause = ({ ports: { zone }, now }: WorkContext): void => {
  const forMs = Math.min(longestPauseMs, (pauses.get(zone)?.forMs ?? firstPauseMs / 2) * 2);
  pauses.set(zone, { until: now().getTime() + forMs, forMs });
};

const submitGathered = async (ctx: WorkContext, zoneId: string, coalesceMs: number): Promise<number> => {
  const { zone } = ctx.ports;
  if ((pauses.get(zone)?.until ?? 0) > ctx.now().getTime()) return 0;
  const batch = fitBatch(await gatherZoneChanges(ctx.db, zoneId, coalesceMs, recordsMax));
  if (batch.length === 0) return 0;
  try {
    await submit(ctx, zoneId, batch);
    pauses.delete(zone);
    return batch.length;
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    // Told and not thrown: what was sent before must still be followed.
    ctx.observe.trouble('zone writer', error);
    pause(ctx);
    return 0;
  }
};

/** A bad record must not hold up its neighbours: a refused batch is halved until the bad one stands alone. A throttled one is never split. */
const submit = async (ctx: WorkContext, zoneId: string, batch: readonly ZoneChangeRow[]): Promise<void> => {
  try {
    const { changeId } = await ctx.ports.zone.change(zoneId, batch.map(toChange));
    await markSubmitted(ctx.db, zoneId, batch, changeId);
  } catch (error) {
    if (!(error instanceof PortFault) || error.class !== 'refused') throw error;
    const separable = error.refusedWith('InvalidChangeBatch') && batch.length > 1;
    if (!separable) {
      await markFailed(ctx.db, zoneId, batch, error.detail.code ?? 'refused', error.message);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await submit(ctx, zoneId, batch.slice(0, half));
    await submit(ctx, zoneId, batch.slice(half));
  }
};

/** When each pending change was last asked about, so that waiting does not eat the account's budget. Domain time. */
const askedAt = new Map<string, number>();

const followPending = async (ctx: WorkContext, zoneId: string): Promise<number> => {
  let arrived = 0;
  for (const changeId of await pendingChangeIds(ctx.db, zoneId)) {
    const now = ctx.now().getTime();
    if (now - (askedAt.get(changeId) ?? 0) < ctx.settings.insyncPollMs) continue;
    askedAt.set(changeId, now);
    if (!(await isInSync(ctx, changeId))) continue;
    askedAt.delete(changeId);
    await markInSync(ctx.db, zoneId, changeId, ctx.now());
    arrived += 1;
  }
  if (arrived > 0) ctx.hint('effects');
  return arrived;
};

/** One change that cannot be asked about must not hide the others. */
const isInSync = async (ctx: WorkContext, changeId: string): Promise<boolean> => {
  try {
    return (await ctx.ports.zone.changeStatus(changeId)) === 'INSYNC';
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    ctx.observe.trouble('zone writer', error);
    return false;
  }
};
