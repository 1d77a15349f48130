/**
 * Seals every configuration's secrets under the current key version. Idempotent: a text names its version, so what is done is not done again; and guarded: the
 * event counts only while the row holds what was opened.
 */
import { headerOf, parseEnvelope } from '../../core/material/envelope.ts';
import { MaterialFault } from '../../core/material/materialFault.ts';
import { countStaleSecrets, type SealedRow, staleSecrets } from '../../store/keyVersions.ts';
import { liveProcesses } from '../../store/processStatus.ts';
import type { RotationRun } from '../../store/rotations.ts';
import { apply } from '../apply.ts';
import type { WorkContext } from '../workContext.ts';
import { type Carried, namesOf, type Rotation } from './rotation.ts';

export const reEncryption: Rotation<SealedRow> = {
  kind: 're-encrypt',
  batchMax: 100,
  atOnce: 4,
  target: ({ keyring }) => keyring.status().currentKeyVersionId,
  targetOf: ({ currentKeyVersionId }) => currentKeyVersionId,
  waitingFor,
  stale: (ctx, target, after, limit) => staleSecrets(ctx.db, headerOf(target), after, limit),
  countStale: (ctx, target) => countStaleSecrets(ctx.db, headerOf(target)),
  carryOut,
};

/** A replica that cannot open the new version yet would have to leave all mail waiting. */
async function waitingFor(ctx: WorkContext, target: string): Promise<string | null> {
  const { documentedCurrent, documented } = ctx.keyring.status();
  if (documentedCurrent !== null && documentedCurrent !== target) {
    const trouble = documented.find(({ keyVersionId }) => keyVersionId === documentedCurrent)?.trouble ?? 'it is not loaded';
    return `key version ${documentedCurrent}, which is to seal from now on: ${trouble}`;
  }
  const behind = (await liveProcesses(ctx.db)).filter(({ loadedKeyVersionIds }) => !loadedKeyVersionIds.includes(target));
  return behind.length === 0 ? null : `${namesOf(behind)} to load key version ${target}`;
}

async function carryOut(ctx: WorkContext, run: RotationRun, row: SealedRow): Promise<Carried> {
  try {
    const serverToken = row.serverToken === null ? null : resealed(ctx, run, row, 'server-token', row.serverToken);
    const routingToken = resealed(ctx, run, row, 'routing-token', row.routingToken);
    const { keyVersionId } = parseEnvelope(serverToken ?? routingToken);
    const before = { serverTokenBefore: row.serverToken, routingTokenBefore: row.routingToken };
    const event = { type: 'SecretsResealed', keyVersionId, serverToken, routingToken, ...before } as const;
    const caller = { author: run.requestedBy, requestId: run.requestId };
    // Ignored when the row has changed meanwhile: it is looked at again before the run ends.
    await apply(ctx, { tenantId: row.tenantId, eId: row.eId, event, caller });
    return { kind: 'done' };
  } catch (error) {
    if (!(error instanceof MaterialFault)) throw error;
    return { kind: 'trouble', lasting: isLasting(ctx, error, row), code: error.code, detail: error.message };
  }
}

const resealed = (
  { keyring }: WorkContext,
  { target }: RotationRun,
  { eId }: SealedRow,
  purpose: 'server-token' | 'routing-token',
  sealed: string,
): string => (sealed.startsWith(headerOf(target)) ? sealed : keyring.seal(eId, purpose, keyring.open(eId, purpose, sealed)));

/** A version that the document still has may be loaded yet, when KMS opens it again. */
const isLasting = ({ keyring }: WorkContext, { code }: MaterialFault, { serverToken, routingToken }: SealedRow): boolean => {
  if (code !== 'unknown_key_version') return code !== 'registry_not_loaded';
  const named = [serverToken, routingToken].flatMap((sealed) => (sealed === null ? [] : [parseEnvelope(sealed).keyVersionId]));
  const absent = (id: string): boolean => !keyring.has(id) && !keyring.status().documented.some(({ keyVersionId }) => keyVersionId === id);
  return named.some(absent);
};
