/**
 * Gives every webhook of the fleet the current operator key and signature. One call for each, under the account's budget: Postmark publishes no limits, and
 * counts the calls of a server's token against whom it likes. Idempotent: the same headers twice are the same headers.
 *
 * What counts as done is what Postmark's own answer shows. A webhook that is gone is made again: an operator asked for this, and without one no callback comes.
 */
import type { Configuration } from '../../core/configuration/records.ts';
import { MaterialFault } from '../../core/material/materialFault.ts';
import { PortFault } from '../../core/portFault.ts';
import type { ProviderWebhook, WebhookHeaders } from '../../ports/ports.ts';
import { findConfiguration } from '../../store/configurations.ts';
import { liveProcesses, type ProcessStatus } from '../../store/processStatus.ts';
import type { RotationRun } from '../../store/rotations.ts';
import { countStaleWebhooks, noteCredential, staleWebhooks, unknownCredential } from '../../store/webhookCredentials.ts';
import { apply } from '../apply.ts';
import { headersAt, installOrTakeOver, isWebhookGone, type WebhookPlace } from '../installedWebhook.ts';
import { openServerToken } from '../serverToken.ts';
import { credentialFingerprintOf, currentCredential, sameSecret, webhookUrlOf } from '../webhookCredential.ts';
import type { WorkContext } from '../workContext.ts';
import { type Carried, namesOf, type Owner, type Rotation } from './rotation.ts';

export const webhookRotation: Rotation = {
  kind: 'webhook-credential',
  // Some seconds' worth at the budget's default: the lock is held no longer, and progress shows.
  batchMax: 20,
  atOnce: 4,
  target: (ctx) => credentialFingerprintOf(currentCredential(ctx)),
  targetOf: ({ apiKeys: [apiKey], signingKeys: [signingKey] }) => `${apiKey}.${signingKey}`,
  async waitingFor(ctx, target) {
    const behind = (await liveProcesses(ctx.db)).filter((process) => !accepts(process, target));
    return behind.length === 0 ? null : `${namesOf(behind)} to accept the new secrets`;
  },
  stale: (ctx, target, after, limit) => staleWebhooks(ctx.db, target, after, limit),
  countStale: (ctx, target) => countStaleWebhooks(ctx.db, target),
  async carryOut(ctx, run, owner) {
    try {
      return await rewrite(ctx, run, owner);
    } catch (error) {
      return troubleOf(error);
    }
  },
};

/** Whether a callback that presents what `target` names is believed by this process. */
export const accepts = ({ apiKeys, signingKeys }: ProcessStatus, target: string): boolean =>
  apiKeys.some((apiKey) => signingKeys.some((signingKey) => `${apiKey}.${signingKey}` === target));

const trouble = (lasting: boolean, code: string, detail: string): Carried => ({ kind: 'trouble', lasting, code, detail });
const done: Carried = { kind: 'done' };

const troubleOf = (error: unknown): Carried => {
  if (error instanceof MaterialFault) return trouble(true, error.code, error.message);
  if (!(error instanceof PortFault)) throw error;
  const { code, httpStatus, class: faultClass } = error.detail;
  return trouble(faultClass === 'refused', `postmark_${code ?? httpStatus ?? faultClass}`, error.message);
};

const rewrite = async (ctx: WorkContext, run: RotationRun, { tenantId, eId }: Owner): Promise<Carried> => {
  const c = await findConfiguration(ctx.db, tenantId, eId);
  if (c === null || c.webhookId === null || c.serverId === null) return done;
  const opened = openServerToken(ctx.keyring, c);
  if (opened.kind === 'closed') return trouble(!isDocumented(ctx, c.keyVersionId), opened.code, opened.why);
  const credential = currentCredential(ctx);
  if (credentialFingerprintOf(credential) !== run.target) return trouble(false, 'changed_meanwhile', 'the secrets have changed again');
  const routingToken = ctx.keyring.open(eId, 'routing-token', c.routingToken);
  const url = webhookUrlOf(ctx.settings.webhookPublicUrl, routingToken);
  const place = { serverToken: opened.token, serverId: c.serverId, routingToken, url };
  const headers = headersAt(place, credential);
  // Whose answer is lost may have taken these: a rotation that is taken back must not believe that it still has the ones before.
  await noteCredential(ctx.db, { tenantId, eId, fingerprint: unknownCredential, at: ctx.now() });
  try {
    const shown = await ctx.ports.fleetWebhooks.updateWebhook(place.serverToken, c.webhookId, url, headers);
    if (!presents(shown, headers)) return trouble(false, 'not_shown', 'Postmark’s answer does not show the headers that it was given');
  } catch (error) {
    if (!isWebhookGone(error)) throw error;
    return putBack(ctx, run, c, place);
  }
  await noteCredential(ctx.db, { tenantId, eId, fingerprint: run.target, at: ctx.now() });
  return done;
};

/** A version that the document has may be loaded yet. */
const isDocumented = ({ keyring }: WorkContext, keyVersionId: string | null): boolean =>
  keyring.status().documented.some((version) => version.keyVersionId === keyVersionId);

const presents = ({ headers: shown }: ProviderWebhook, { authorization, signature }: WebhookHeaders): boolean =>
  sameSecret(shown['authorization'] ?? '', authorization) && sameSecret(shown['x-postroute-signature'] ?? '', signature);

const isBeingReleased = ({ operational, step }: Configuration): boolean =>
  operational === 'REMOVING' || operational === 'REMOVED' || step === 'unwind' || step === 'cleanUp';

const putBack = async (ctx: WorkContext, run: RotationRun, before: Configuration, place: WebhookPlace): Promise<Carried> => {
  // Read again: an unwind may have taken it away this very moment.
  const c = await findConfiguration(ctx.db, before.tenantId, before.eId);
  if (c === null || c.webhookId !== before.webhookId) return done;
  if (isBeingReleased(c)) return trouble(true, 'being_released', 'its webhook is gone, and its server is being released');
  const { webhookId } = await installOrTakeOver({ ...ctx, webhooks: ctx.ports.fleetWebhooks }, c, place);
  const caller = { author: run.requestedBy, requestId: run.requestId };
  const event = { type: 'WebhookReplaced', webhookId, webhookIdBefore: before.webhookId ?? 0 } as const;
  await apply(ctx, { tenantId: c.tenantId, eId: c.eId, event, caller });
  return done;
};
