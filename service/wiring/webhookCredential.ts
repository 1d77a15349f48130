/** The rotation of what webhooks present, as operators ask for it and see it. */
import type { WebhookCredentialStatus } from '../http/materialStatus.ts';
import { liveProcesses, type ProcessStatus } from '../store/processStatus.ts';
import { findRotation, startRotation } from '../store/rotations.ts';
import { listSightings, type Sighting } from '../store/secretSightings.ts';
import { dropTurn } from '../store/turns.ts';
import { countStaleWebhooks, listStaleWebhooks } from '../store/webhookCredentials.ts';
import type { Caller } from '../work/outcomes.ts';
import { serverTokenTurn } from '../work/rotation/serverTokens.ts';
import { credentialFingerprintOf, currentCredential } from '../work/webhookCredential.ts';
import type { WorkContext } from '../work/workContext.ts';
import { staleShownMax } from './material.ts';
import { fingerprintsOf, type Secrets } from './secrets.ts';

export type RotationNeeds = {
  ctx: WorkContext;
  secrets: Secrets;
  /** Every process reads its secrets again. */
  refresh: (by: string) => Promise<unknown>;
};

export const webhookCredentialStatus =
  ({ ctx, secrets }: Pick<RotationNeeds, 'ctx' | 'secrets'>) =>
  async (): Promise<WebhookCredentialStatus> => {
    const target = credentialFingerprintOf(currentCredential(ctx));
    const run = await findRotation(ctx.db, 'webhook-credential');
    const { total, stale, lastWrittenAt } = await countStaleWebhooks(ctx.db, target);
    const live = await liveProcesses(ctx.db);
    const held = heldBy(secrets);
    const staleProcesses = live.filter((process) => !holds(process, held)).map(({ holder }) => holder);
    const previousLastSeen = await lastSeen(ctx, held);
    const complete = stale === 0 && staleProcesses.length === 0;
    return {
      running: run !== null && run.finishedAt === null,
      done: total - stale,
      total,
      startedAt: run?.startedAt ?? null,
      finishedAt: run?.finishedAt ?? null,
      requestedBy: run?.requestedBy ?? null,
      waitingFor: run?.waitingFor ?? null,
      currentKeyFingerprint: held.apiKeys[0] ?? '',
      previousKeyFingerprint: held.apiKeys[1] ?? null,
      currentSigningKeyFingerprint: held.signingKeys[0] ?? '',
      previousSigningKeyFingerprint: held.signingKeys[1] ?? null,
      accountToken: {
        currentFingerprint: held.accountTokens[0] ?? '',
        previousFingerprint: held.accountTokens[1] ?? null,
        state: accountTokenState(live, held.accountTokens[0]),
      },
      stale: stale === 0 ? [] : [...(await listStaleWebhooks(ctx.db, target, staleShownMax))],
      staleProcesses,
      previousLastSeen,
      proof: {
        complete,
        since: complete ? lastWrittenAt : null,
        text: complete
          ? `all ${total} webhook(s) present key ${held.apiKeys[0]} and are signed with ${held.signingKeys[0]}; every process holds them`
          : `${stale} of ${total} webhook(s) and ${staleProcesses.length} process(es) are not known to have the current secrets`,
      },
    };
  };

type Held = Record<'apiKeys' | 'signingKeys' | 'accountTokens', string[]>;

const heldBy = ({ apiKeys, signingKeys, accountTokens }: Secrets): Held => ({
  apiKeys: fingerprintsOf(apiKeys),
  signingKeys: fingerprintsOf(signingKeys),
  accountTokens: fingerprintsOf(accountTokens),
});

/** Whether another process uses the same secrets as this one, not only accepts them. */
const holds = (process: ProcessStatus, { apiKeys, signingKeys, accountTokens }: Held): boolean =>
  process.apiKeys[0] === apiKeys[0] && process.signingKeys[0] === signingKeys[0] && process.accountTokens[0] === accountTokens[0];

const accountTokenState = (live: readonly ProcessStatus[], current: string | undefined): 'accepted' | 'refused' | 'unknown' => {
  const said = live.filter(({ accountTokens }) => accountTokens[0] === current).map((process) => process.accountTokenState);
  if (said.includes('refused')) return 'refused';
  return said.includes('accepted') ? 'accepted' : 'unknown';
};

const lastSeen = async (ctx: WorkContext, { apiKeys, signingKeys }: Held): Promise<WebhookCredentialStatus['previousLastSeen']> => {
  const seen = await listSightings(ctx.db);
  const at = (what: Sighting, previous: string | undefined): Date | null =>
    seen.find((sighting) => sighting.what === what && sighting.fingerprint === previous)?.seenAt ?? null;
  return {
    callbacks: at('callback-bearer', apiKeys[1]),
    calls: at('call', apiKeys[1]),
    signatures: at('callback-signature', signingKeys[1]),
  };
};

/** Reads the secrets first, everywhere: a run for the key of yesterday would be over before it was noticed. */
export const rotateWebhooks =
  ({ ctx, secrets, refresh }: RotationNeeds) =>
  async ({ author, requestId }: Caller): Promise<WebhookCredentialStatus> => {
    await refresh(author);
    const target = credentialFingerprintOf(currentCredential(ctx));
    const start = { kind: 'webhook-credential', runId: ctx.newId(), target, requestedBy: author, requestId, at: ctx.now() } as const;
    await startRotation(ctx.db, start);
    // Whether Postmark takes the account token shows in the first answer to it; servers with another token are looked for by whoever looks next.
    ctx.ports.inventory.listServers(0).catch((error: unknown) => ctx.observe.trouble('account token', error));
    await dropTurn(ctx.db, serverTokenTurn);
    ctx.hint('rotations');
    return webhookCredentialStatus({ ctx, secrets })();
  };
