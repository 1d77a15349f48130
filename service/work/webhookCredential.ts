/**
 * The three secrets of a configuration's webhook. Postmark signs nothing, so each server's webhook is given what a callback must present: the bearer,
 * the routing token in the path, and a signature that binds the token to the server.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretPair } from '../core/material/secretPair.ts';
import type { WebhookHeaders } from '../ports/ports.ts';
import { liveProcesses } from '../store/processStatus.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { WorkContext } from './workContext.ts';

/** Where callbacks arrive; the same path is a route of the API. */
export const webhookPath = '/v1/shop-access/email/job/postmark-events';

export const webhookUrlOf = (publicUrl: string, routingToken: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${webhookPath}/${routingToken}`;

export const webhookSignatureOf = (signingKey: string, routingToken: string, serverId: number): string =>
  `v1=${createHmac('sha256', signingKey).update(`${routingToken}.${serverId}`).digest('hex')}`;

/** What every webhook of the fleet is given alike; each signs its own routing token with the signing key. */
export type WebhookCredential = { apiKey: string; signingKey: string };

export const webhookHeadersOf = ({ apiKey, signingKey }: WebhookCredential, routingToken: string, serverId: number): WebhookHeaders => ({
  authorization: `Bearer ${apiKey}`,
  signature: webhookSignatureOf(signingKey, routingToken, serverId),
});

/** Names both, so that the change of either is seen. */
export const credentialFingerprintOf = ({ apiKey, signingKey }: WebhookCredential): string =>
  `${fingerprintOf(apiKey)}.${fingerprintOf(signingKey)}`;

export const currentCredential = ({ credentials }: Pick<WorkContext, 'credentials'>): WebhookCredential => ({
  apiKey: credentials.apiKeys().current,
  signingKey: credentials.signingKeys().current,
});

/**
 * The newest that every live process accepts. During a rotation one process knows the new key before another: a webhook that already presented it would be
 * answered 503 by the other, or, with a new signing key, 401, and Postmark drops an event for ever on that.
 */
export const credentialToWrite = async (ctx: Pick<WorkContext, 'db' | 'credentials'>): Promise<WebhookCredential> => {
  const [apiKeys, signingKeys] = [ctx.credentials.apiKeys(), ctx.credentials.signingKeys()];
  if (apiKeys.previous === null && signingKeys.previous === null) return currentCredential(ctx);
  const live = await liveProcesses(ctx.db);
  const newest = ({ current, previous }: SecretPair, held: 'apiKeys' | 'signingKeys'): string =>
    previous === null || live.every((process) => process[held].includes(fingerprintOf(current))) ? current : previous;
  return { apiKey: newest(apiKeys, 'apiKeys'), signingKey: newest(signingKeys, 'signingKeys') };
};

/** Constant time over the digests, so that neither content nor length shows in the timing. */
export const sameSecret = (presented: string, expected: string): boolean => {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
};
