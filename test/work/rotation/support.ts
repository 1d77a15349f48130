/** Rotations on the bench: processes as they report themselves, runs as operators start them, and turns until nothing more happens. */
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { type ProcessStatus, tellStatus } from '../../../service/store/processStatus.ts';
import { findRotation, type RotationKind, startRotation } from '../../../service/store/rotations.ts';
import { fingerprintOf } from '../../../service/work/fingerprint.ts';
import { turnRotations } from '../../../service/work/rotation/rotations.ts';
import { credentialFingerprintOf, currentCredential } from '../../../service/work/webhookCredential.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import type { WorkBench } from '../../support/workBench.ts';

/** What a process says of itself: by default what this context holds. */
export const report = async (ctx: WorkContext, holder: string, given: Partial<ProcessStatus> = {}): Promise<void> => {
  const { currentKeyVersionId, loadedKeyVersionIds } = ctx.keyring.status();
  const { apiKeys, signingKeys } = ctx.credentials;
  const held = ({ current, previous }: { current: string; previous: string | null }) =>
    [current, ...(previous === null ? [] : [previous])].map(fingerprintOf);
  const status = {
    holder,
    refreshNumber: 0,
    currentKeyVersionId,
    loadedKeyVersionIds: [...loadedKeyVersionIds],
    refreshedAt: null,
    apiKeys: held(apiKeys()),
    signingKeys: held(signingKeys()),
    accountTokens: [],
    accountTokenState: 'unknown',
    ...given,
  };
  await tellStatus(ctx.db, status, 60);
};

export const start = (ctx: WorkContext, kind: RotationKind) => {
  const target = kind === 're-encrypt' ? (ctx.keyring.status().currentKeyVersionId ?? '') : credentialFingerprintOf(currentCredential(ctx));
  return startRotation(ctx.db, { kind, runId: ctx.newId(), target, requestedBy: 'operator', requestId: 'request-9', at: ctx.now() });
};

/** Turns until a turn deals with nothing; answers how many configurations were dealt with. */
export const turnAll = async (ctx: WorkContext): Promise<number> => {
  for (let dealt = 0, turns = 0; ; turns += 1) {
    const done = await turnRotations(ctx);
    dealt += done;
    if (done === 0) return dealt;
    if (turns > 50) throw new Error('a rotation that never ends');
  }
};

/** What an operator sees of the run. */
export const runOf = async (ctx: WorkContext, kind: RotationKind) => {
  const run = await findRotation(ctx.db, kind);
  return { running: run !== null && run.finishedAt === null, waitingFor: run?.waitingFor ?? null };
};

/** As `turnAll`, with time passing between, until the run is over. */
export const turnFor = async (bench: WorkBench, ctx: WorkContext, kind: RotationKind, seconds: number): Promise<boolean> => {
  for (let passed = 0; ; passed += 1) {
    await turnAll(ctx);
    if (!(await runOf(ctx, kind)).running) return true;
    if (passed >= seconds) return false;
    bench.pass(1);
  }
};

export const several = async (bench: WorkBench, ctx: WorkContext, count: number): Promise<Configuration[]> => {
  const made: Configuration[] = [];
  for (let n = 0; n < count; n += 1) made.push(await bench.sendable(ctx, { tenantId: `tenant-${n}` }));
  return made.toSorted((a, b) => (a.eId < b.eId ? -1 : 1));
};
