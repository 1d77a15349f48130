/**
 * The three secrets of a configuration's webhook. Postmark signs nothing, so each server's webhook is given what a callback must present: the bearer,
 * the routing token in the path, and a signature that binds the token to the server.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookHeaders } from '../ports/ports.ts';

/** Where callbacks arrive; the same path is a route of the API. */
export const webhookPath = '/v1/shop-access/email/job/postmark-events';

export const webhookUrlOf = (publicUrl: string, routingToken: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${webhookPath}/${routingToken}`;

export const webhookSignatureOf = (signingKey: string, routingToken: string, serverId: number): string =>
  `v1=${createHmac('sha256', signingKey).update(`${routingToken}.${serverId}`).digest('hex')}`;

export const webhookHeadersOf = (apiKey: string, signingKey: string, routingToken: string, serverId: number): WebhookHeaders => ({
  authorization: `Bearer ${apiKey}`,
  signature: webhookSignatureOf(signingKey, routingToken, serverId),
});

/** Constant time over the digests, so that neither content nor length shows in the timing. */
export const sameSecret = (presented: string, expected: string): boolean => {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(digest(presented), digest(expected));
};
