import type { World, WorldRandom } from '../world/world.ts';
import type { BounceStore } from './bounces/bounceStore.ts';
import type { BulkStore } from './bulk/bulkStore.ts';
import type { DataRemovalStore } from './dataRemovals/dataRemovalStore.ts';
import type { DomainStore } from './domains/domainStore.ts';
import type { InboundRuleStore } from './inbound/inboundRuleStore.ts';
import type { InboundStore } from './inbound/inboundStore.ts';
import type { MessageStore } from './messages/messageStore.ts';
import type { ReadingStore } from './messages/readingStore.ts';
import type { PostmarkSettings } from './postmarkSettings.ts';
import type { Pace } from './rim/pace.ts';
import type { SenderStore } from './senders/senderStore.ts';
import type { ServerStore } from './servers/serverStore.ts';
import type { StatStore } from './stats/statStore.ts';
import type { SuppressionStore } from './suppressions/suppressionStore.ts';
import type { TemplateStore } from './templates/templateStore.ts';
import type { WebhookCalls } from './webhooks/webhookCalls.ts';
import type { WebhookStore } from './webhooks/webhookStore.ts';

/** One Postmark account and the switches of the service around it. The first argument of everything in this room that reads or changes it. */
export type Postmark = {
  readonly world: World;
  /** A stream of its own: what Postmark draws does not depend on its neighbours. */
  readonly random: WorldRandom;
  readonly settings: PostmarkSettings;
  readonly accountToken: string;
  readonly dnsServer: { host: string; port: number };
  readonly servers: ServerStore;
  readonly domains: DomainStore;
  readonly senders: SenderStore;
  readonly dataRemovals: DataRemovalStore;
  readonly templates: TemplateStore;
  readonly bulk: BulkStore;
  /** Not saved: it forgets everything after a second. */
  readonly pace: Pace;
  readonly messages: MessageStore;
  readonly readings: ReadingStore;
  readonly stats: StatStore;
  readonly suppressions: SuppressionStore;
  readonly bounces: BounceStore;
  readonly webhooks: WebhookStore;
  readonly webhookCalls: WebhookCalls;
  readonly inbound: InboundStore;
  readonly inboundRules: InboundRuleStore;
};
