import type { Postmark } from '../postmark.ts';

/** Nothing of a server outlives it, in any room; what was on the agenda for it finds nothing. */
export function forgetServer(postmark: Postmark, serverId: number): void {
  for (const { id } of postmark.webhooks.ofServer(serverId)) postmark.webhookCalls.remove(id);
  for (const store of [
    postmark.webhooks,
    postmark.suppressions,
    postmark.bounces,
    postmark.templates,
    postmark.bulk,
    postmark.messages,
    postmark.readings,
    postmark.stats,
    postmark.inbound,
    postmark.inboundRules,
  ]) {
    store.removeServer(serverId);
  }
}
