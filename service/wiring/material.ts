/** What operators may know of the material registry, and sealing everything anew. Never a key. */
import { headerOf, readHeader } from '../core/material/envelope.ts';
import type { MaterialStatus, ReEncryptionStatus } from '../http/materialStatus.ts';
import { countStaleSecrets, listStaleSecrets, rowsByHeader } from '../store/keyVersions.ts';
import { lastRefreshRequest, liveProcesses } from '../store/processStatus.ts';
import { findRotation, startRotation } from '../store/rotations.ts';
import type { Caller } from '../work/outcomes.ts';
import type { WorkContext } from '../work/workContext.ts';

/** Enough to see what is wrong; the counts say how many there are. */
export const staleShownMax = 200;

type Ctx = Pick<WorkContext, 'db' | 'keyring' | 'now' | 'newId' | 'hint'>;

export const materialStatus = (ctx: Ctx) => async (): Promise<MaterialStatus> => {
  const { currentKeyVersionId, documentedCurrent, loadedKeyVersionIds, documented, refreshedAt, lastOutcome, lastReason, kms } =
    ctx.keyring.status();
  const known = new Map(documented.map((version) => [version.keyVersionId, version]));
  const { rows, unreadable } = usageOf(await rowsByHeader(ctx.db));
  const asked = await lastRefreshRequest(ctx.db);
  const ids = [...new Set([...known.keys(), ...loadedKeyVersionIds, ...rows.keys()])].sort();
  return {
    current: currentKeyVersionId,
    documentedCurrent,
    loadedAt: refreshedAt,
    lastOutcome,
    lastReason,
    kms: { state: kms.state, reason: kms.state === 'failing' ? kms.reason : null },
    versions: ids.map((keyVersionId) => ({
      keyVersionId,
      // Null only for a version that rows name and the registry does not.
      kmsKeyArn: known.get(keyVersionId)?.kmsKeyArn ?? null,
      createdAt: known.get(keyVersionId)?.createdAt ?? null,
      loaded: loadedKeyVersionIds.includes(keyVersionId),
      reason: known.get(keyVersionId)?.trouble ?? null,
      rows: rows.get(keyVersionId) ?? 0,
    })),
    unreadable,
    processes: (await liveProcesses(ctx.db)).map((process) => ({
      process: process.holder,
      current: process.currentKeyVersionId,
      loaded: process.loadedKeyVersionIds,
      refreshedAt: process.refreshedAt,
      seenAt: process.seenAt,
      upToDate: process.refreshNumber >= asked,
    })),
  };
};

type Usage = { rows: Map<string, number>; unreadable: MaterialStatus['unreadable'] };

const usageOf = (headers: readonly { header: string; count: number }[]): Usage => {
  const rows = new Map<string, number>();
  const unreadable = new Map<MaterialStatus['unreadable'][number]['code'], number>();
  for (const { header, count } of headers) {
    const read = readHeader(header);
    if (read.kind === 'sealed') rows.set(read.keyVersionId, count);
    else unreadable.set(read.code, (unreadable.get(read.code) ?? 0) + count);
  }
  return { rows, unreadable: [...unreadable].map(([code, count]) => ({ code, rows: count })) };
};

/** Begins like no text of ours: with no key to seal with, nothing is done. */
const noHeader = 'none:';

export const reEncryptionStatus = (ctx: Ctx) => async (): Promise<ReEncryptionStatus> => {
  const { currentKeyVersionId } = ctx.keyring.status();
  const prefix = currentKeyVersionId === null ? noHeader : headerOf(currentKeyVersionId);
  const run = await findRotation(ctx.db, 're-encrypt');
  const { total, stale } = await countStaleSecrets(ctx.db, prefix);
  const listed = stale === 0 ? [] : await listStaleSecrets(ctx.db, prefix, staleShownMax);
  return {
    running: run !== null && run.finishedAt === null,
    done: total - stale,
    total,
    startedAt: run?.startedAt ?? null,
    finishedAt: run?.finishedAt ?? null,
    requestedBy: run?.requestedBy ?? null,
    waitingFor: run?.waitingFor ?? null,
    currentKeyVersionId,
    stale: listed.map(({ header, ...row }) => {
      const read = readHeader(header);
      return { ...row, keyVersionId: read.kind === 'sealed' ? read.keyVersionId : null, code: row.code ?? null };
    }),
  };
};

export const startReEncryption =
  (ctx: Ctx) =>
  async ({ author, requestId }: Caller): Promise<ReEncryptionStatus> => {
    const { currentKeyVersionId, documentedCurrent } = ctx.keyring.status();
    // Without either, the run waits for a key, and says so.
    const target = currentKeyVersionId ?? documentedCurrent ?? '';
    const start = { kind: 're-encrypt', runId: ctx.newId(), target, requestedBy: author, requestId, at: ctx.now() } as const;
    await startRotation(ctx.db, start);
    ctx.hint('rotations');
    return reEncryptionStatus(ctx)();
  };
