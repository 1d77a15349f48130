/** Where the public record of Postmark is silent or contradicts itself, the answer is a switch; the default is what the better evidence says. */
import type { World } from '../world/world.ts';
import { declareAccountSettings } from './accountSettings.ts';
import { declareMailSettings } from './mailSettings.ts';
import { declareWireSettings } from './wireSettings.ts';

export type AccountState = 'active' | 'pending' | 'refused' | 'noCredits';
export type WebhookGeneration = 'a' | 'b' | 'c';

export type PostmarkSettings = ReturnType<typeof declarePostmarkSettings>;

/** Declares every switch of this room; called once per world. */
export function declarePostmarkSettings(world: World) {
  const { settings } = world;
  return {
    ...declareAccountSettings(world),
    ...declareWireSettings(world),
    ...declareMailSettings(world),
    /** Postmark's support must switch deletion on for an account; until then DELETE answers 604. */
    serverDeletion: settings.declare('serverDeletion', false),
    /** What Postmark's people think of the account: pending 412, refused 413, noCredits 405. */
    accountState: settings.declare<AccountState>('accountState', 'active', ['active', 'pending', 'refused', 'noCredits']),
    /** Accepted mail to ordinary addresses is reported as delivered by itself. */
    autoDeliver: settings.declare('autoDeliver', true),
    deliveryDelayMs: settings.declare('deliveryDelayMs', 0),
    /** How far the message search runs behind; the details of a message are there at once. */
    searchLagMs: settings.declare('searchLagMs', 0),
    /** Oldest are dropped: what bounds the memory of a long load test. */
    messagesMax: settings.declare('messagesMax', 200_000),
    /**
     * What all bodies and headers may take together; of the oldest messages they are dropped and the rest of the message stays. With the same for
     * mail that came in, a snapshot is well below the 512 MB that the longest string of Node holds.
     */
    messageBytesMax: settings.declare('messageBytesMax', 128 * 1024 * 1024),
    /** Some of several recipients suppressed: 200 with a sentence (captured), or 406 for all (the other reading). */
    partialSuppression: settings.declare<'accept' | 'refuse'>('partialSuppression', 'accept', ['accept', 'refuse']),
    /** Whether a sender needs a verified Return-Path besides DKIM. */
    sendRequiresReturnPath: settings.declare('sendRequiresReturnPath', false),
    dkimKeyBits: settings.declare('dkimKeyBits', 1024, [1024, 2048]),
    /** How often Postmark looks at DNS by itself; 0: only when asked. */
    domainRecheckMs: settings.declare('domainRecheckMs', 0),
    /** The oddity of DKIMUpdateStatus saying Verified while DKIMVerified is still false. */
    dkimFlagLags: settings.declare('dkimFlagLags', false),
    /** Whether ReturnPathDomainVerified stays true when a later look finds the record gone. DKIMVerified always does. */
    returnPathSticky: settings.declare('returnPathSticky', true),
    /** After a rotation, how long mail signed with the old key may still be under way. */
    revokedKeySafeMs: settings.declare('revokedKeySafeMs', 86_400_000),
    /** Loopback and private addresses in webhook and hook URLs; the real service answers 606. */
    loopbackHooks: settings.declare('loopbackHooks', true),
    webhooksPerStream: settings.declare('webhooksPerStream', 10),
    /** `Verify` left out: stored as verified without a probe, or probed as the documentation says. */
    webhookVerifyAbsent: settings.declare<'accept' | 'strict'>('webhookVerifyAbsent', 'accept', ['accept', 'strict']),
    /** Which of the three published retry schedules. */
    webhookRetries: settings.declare<WebhookGeneration>('webhookRetries', 'c', ['a', 'b', 'c']),
    /** Process time, since a receiver is a real process. About 10 s by third-party reports. */
    webhookTimeoutMs: settings.declare('webhookTimeoutMs', 10_000),
  };
}
