/**
 * Deletes a configuration's records and waits until nobody can be told of them any more.
 *
 * A deletion must match what is stored to the letter, and we know only what it means: a TXT may be cut into strings in many ways. So when a deletion was
 * refused, the records are written anew as they mean now, which we can repeat to the letter, and deleted when that is in sync.
 * On a crash the zone says what is left.
 */
import type { Configuration } from '../core/configuration/records.ts';
import type { ZoneRecord } from '../ports/ports.ts';
import { tryWithZoneLock } from '../store/advisoryLocks.ts';
import { type EffectClaim, keepClaim } from '../store/effects.ts';
import { forgetUnsentChanges, forgetZoneChanges, hasUnsentChanges, requestZoneChanges, zoneChangeProgress } from '../store/zoneChanges.ts';
import type { WorkContext } from './workContext.ts';

export type Withdrawal = { kind: 'gone' } | { kind: 'waiting'; for: string; afterMs: number | null };

/** Domain time; as in write-records, the zone's writer wakes the effect earlier. */
const lookAgainMs = 1000;

type OwnRecord = { name: string; type: 'TXT' | 'CNAME' };

const ownRecords = (c: Configuration): OwnRecord[] => [
  ...(c.dkimName === null ? [] : [{ name: c.dkimName, type: 'TXT' as const }]),
  ...(c.returnPathName === null ? [] : [{ name: c.returnPathName, type: 'CNAME' as const }]),
];

export const withdrawRecords = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<Withdrawal> => {
  if (!(await dropEarlierWrites(ctx, claim, c)))
    return { kind: 'waiting', for: 'the zone’s writer to finish its batch', afterMs: lookAgainMs };
  const progress = await zoneChangeProgress(ctx.db, c.tenantId, claim.id);
  if (progress.failedCode === null && progress.inSync < progress.requested) {
    return { kind: 'waiting', for: 'the deletion of the DNS records to be in sync', afterMs: lookAgainMs };
  }
  const present = await recordsPresent(ctx, c);
  if (present.length === 0) return stillAnswered(ctx, c);
  const wasRefused = progress.failedCode !== null;
  await request(ctx, claim, c, wasRefused ? 'UPSERT' : 'DELETE', present);
  return { kind: 'waiting', for: 'the DNS records to be deleted', afterMs: wasRefused ? null : lookAgainMs };
};

/** What provisioning asked for and nobody has sent must not be written after the deletion. False while a writer may be sending it. */
const dropEarlierWrites = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<boolean> => {
  const of = { tenantId: c.tenantId, configurationEId: c.eId, exceptEffectId: claim.id };
  if (!(await hasUnsentChanges(ctx.db, of))) return true;
  const dropped = await tryWithZoneLock(ctx.db, ctx.settings.zoneId, async () => {
    await forgetUnsentChanges(ctx.db, of);
    return true;
  });
  return dropped ?? false;
};

/** What the zone holds under our names, with its present values: a deletion must match them exactly. */
const recordsPresent = async (ctx: WorkContext, c: Configuration): Promise<ZoneRecord[]> => {
  const found: ZoneRecord[] = [];
  for (const own of ownRecords(c)) {
    const { records } = await ctx.ports.zone.listRecords(ctx.settings.zoneId, own);
    const first = records.find(({ name, type }) => name === own.name.toLowerCase() && type === own.type);
    if (first !== undefined) found.push(first);
  }
  return found;
};

/** Nothing by who was taken for dead and wakes up: the records may be those of the name's next owner by now. */
const request = async (
  ctx: WorkContext,
  claim: EffectClaim,
  c: Configuration,
  action: 'UPSERT' | 'DELETE',
  present: readonly ZoneRecord[],
): Promise<void> => {
  const of = { tenantId: c.tenantId, configurationEId: c.eId, effectId: claim.id, zoneId: ctx.settings.zoneId };
  await ctx.db.transaction(async (db) => {
    if ((await keepClaim(db, claim)).kind === 'lost') return;
    await forgetZoneChanges(db, c.tenantId, claim.id);
    await requestZoneChanges(
      db,
      of,
      present.map(({ name, type, ttl, values }) => ({ id: ctx.newId(), action, name, type, ttl, values })),
    );
  });
  ctx.hint('zone');
};

const stillAnswered = async (ctx: WorkContext, c: Configuration): Promise<Withdrawal> => {
  for (const { name, type } of ownRecords(c)) {
    const observed = await (type === 'TXT' ? ctx.ports.probe.txt(name) : ctx.ports.probe.cname(name));
    if (observed.kind === 'present') return { kind: 'waiting', for: `the name servers to stop answering ${name}`, afterMs: lookAgainMs };
    if (observed.kind === 'unreachable')
      return { kind: 'waiting', for: `the name servers to be reachable (${observed.reason})`, afterMs: null };
  }
  return { kind: 'gone' };
};
