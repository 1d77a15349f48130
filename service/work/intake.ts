/**
 * Takes a callback: verified, stored, answered; acted on afterwards (projector.ts).
 *
 * Guarantee: a callback that shows all three secrets is on disk before it is answered 200; nothing that fails to verify is stored.
 * Postmark drops an event for ever on most 4xx, so what may be our own rotation in progress is answered 503 and comes again.
 */
import { createHash } from 'node:crypto';
import { readCallback } from '../core/job/callback.ts';
import { type SecretPair, secretsOf } from '../core/material/secretPair.ts';
import type { RoutedConfiguration } from '../store/configurations.ts';
import { insertMalformedEvent } from '../store/emailEvents.ts';
import type { Sighting } from '../store/secretSightings.ts';
import { routingTokenHashOf } from './createConfiguration.ts';
import type { IntakeStatements } from './intakeStatements.ts';
import type { Callback, IntakeOutcome } from './outcomes.ts';
import type { NoteSighting } from './sightings.ts';
import { sameSecret, webhookSignatureOf } from './webhookCredential.ts';
import type { WorkContext } from './workContext.ts';

export type IntakeContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'hint' | 'observe' | 'credentials'> &
  IntakeStatements & { noteSighting: NoteSighting };

export const intake = async (ctx: IntakeContext, callback: Callback): Promise<IntakeOutcome> => {
  try {
    const configuration = await ctx.findRouted(routingTokenHashOf(callback.routingToken));
    if (configuration === null || configuration.operational === 'REMOVED') {
      ctx.observe.webhookRejected('unknown_route');
      return { kind: 'unknownRoute' };
    }
    const refusal = verify(ctx, configuration, callback);
    if (refusal !== null) {
      ctx.observe.webhookRejected('auth_mismatch');
      return refusal;
    }
    return await store(ctx, configuration, callback);
  } catch (error) {
    ctx.observe.trouble('webhook intake', error);
    return { kind: 'unavailable' };
  }
};

/** All three secrets, or why not. The signature is looked at first: only who knows it may learn that the bearer is merely old. */
const verify = (ctx: IntakeContext, c: RoutedConfiguration, { routingToken, authorization, signature }: Callback): IntakeOutcome | null => {
  const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (bearer === undefined || signature === undefined) return { kind: 'unauthenticated' };
  // Postmark may probe the webhook before our row says that its server was stored: then no signature can be told right from wrong yet.
  if (c.serverId === null) return { kind: 'authMismatchRetry' };
  const { serverId } = c;
  const { apiKeys, signingKeys } = ctx.credentials;
  const signs = (key: string): boolean => sameSecret(signature.toLowerCase(), webhookSignatureOf(key, routingToken, serverId));
  if (!presented(ctx, 'callback-signature', signingKeys(), signs)) return { kind: 'unauthenticated' };
  return presented(ctx, 'callback-bearer', apiKeys(), (key) => sameSecret(bearer, key)) ? null : { kind: 'authMismatchRetry' };
};

/** Whether it is one of the two; every one is compared, so that how long it takes does not say which. */
const presented = (ctx: IntakeContext, what: Sighting, pair: SecretPair, is: (secret: string) => boolean): boolean => {
  const known = secretsOf(pair).filter(is);
  if (pair.previous !== null && known.includes(pair.previous) && !known.includes(pair.current)) ctx.noteSighting(what, pair.previous);
  return known.length > 0;
};

const store = async (ctx: IntakeContext, c: RoutedConfiguration, { traceId, body }: Callback): Promise<IntakeOutcome> => {
  const read = readCallback(body.toString('utf8'));
  const receivedAt = ctx.now();
  const of = { tenantId: c.tenantId, id: ctx.newId(), configurationEId: c.eId, receivedAt };
  if (read.kind === 'malformed') {
    // Postgres keeps no NUL in text; the escape shows that there was one.
    const text = body.toString('utf8').replaceAll('\u0000', '\\u0000');
    await insertMalformedEvent(ctx.db, { ...of, failureCode: read.code, failureDetail: read.detail, body: text });
    ctx.observe.webhookRejected('malformed');
    return { kind: 'malformed' };
  }
  const { recordType, payload, fallbackKey, ...facts } = read;
  ctx.observe.webhookReceived(recordType);
  // The trace id stays the same over the retries of one event; digested, since a key of any length and alphabet may come. An empty one tells nothing apart.
  const dedupeKey = createHash('sha256')
    .update(traceId || fallbackKey)
    .digest('hex');
  if (!(await ctx.storeEvent({ ...of, ...facts, recordType, dedupeKey, payload }))) {
    ctx.observe.webhookDuplicate();
    return { kind: 'duplicate' };
  }
  ctx.hint('events');
  return { kind: 'stored' };
};
