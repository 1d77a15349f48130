/** Switches of what becomes of mail: how long it is kept, how it is found, what may happen to it, and the door it comes in by. */
import type { World } from '../world/world.ts';

/** Declares them; called once per world. */
export function declareMailSettings(world: World) {
  const { settings } = world;
  return {
    /** How long messages, events and bounces are kept: 7 to 365 days with Postmark's add-on, and a value outside is taken for the nearer end. */
    retentionDays: settings.declare('retentionDays', 45),
    /** A search of messages, opens or clicks that names no stream: of `outbound` as documented, or of all of them. */
    searchStreamAbsent: settings.declare<'outbound' | 'all'>('searchStreamAbsent', 'outbound', ['outbound', 'all']),
    /** A search of inbound messages that names no status: processed ones as documented, or all. */
    inboundStatusAbsent: settings.declare<'processed' | 'all'>('inboundStatusAbsent', 'processed', ['processed', 'all']),
    /** Postmark's page says that only a recipient's first open is kept; all of them are counted and told. */
    opensKept: settings.declare<'first' | 'all'>('opensKept', 'first', ['first', 'all']),
    /** Whether an open or click can only be of a message that was sent with the tracking for it. */
    trackingRequired: settings.declare('trackingRequired', true),
    /** How long a change of a suppression list takes to be seen, by the dump and by sends. */
    suppressionLagMs: settings.declare('suppressionLagMs', 0),
    /** Whether the API may delete what a recipient's own unsubscription made: yes since 2021 by Postmark's updates, no by one client's notes. */
    unsubscribeDeletable: settings.declare('unsubscribeDeletable', true),
    /** The Statistics API is part of some plans only: without it 614. */
    statsEntitled: settings.declare('statsEntitled', true),
    /** Events of one kind that a webhook lost one after the other before that kind is paused; 0: never. The real number is not published. */
    webhookPauseAfter: settings.declare('webhookPauseAfter', 100),
    /** Whether webhook calls ask `Expect: 100-continue` before they send their body, as captured. */
    webhookExpect: settings.declare('webhookExpect', true),
    /** Process time, since a receiver is a real process. */
    inboundTimeoutMs: settings.declare('inboundTimeoutMs', 120_000),
    /** Oldest are dropped. */
    inboundMax: settings.declare('inboundMax', 10_000),
    /** What they may take together, attachments included: they are kept whole, so the oldest go whole. */
    inboundBytesMax: settings.declare('inboundBytesMax', 128 * 1024 * 1024),
  };
}
