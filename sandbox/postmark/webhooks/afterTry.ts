/** What a try of a delivery leaves behind: its place in the webhook's statistics, the pause of a kind of event that keeps being lost, the state of an inbound message. */
import { settleInbound } from '../inbound/settleInbound.ts';
import type { Postmark } from '../postmark.ts';
import type { Delivery } from './delivery.ts';
import type { Verdict } from './retrySchedule.ts';
import { type RecordType, recordTypes, type Webhook } from './webhook.ts';

/** Losses in a row of one kind of event; one that arrives ends the row. */
function noteStreak(postmark: Postmark, webhook: Webhook, recordType: RecordType, verdict: Verdict): void {
  if (verdict.kind === 'retry') return;
  const lost = verdict.kind === 'lost' ? (webhook.lost[recordType] ?? 0) + 1 : 0;
  webhook.lost[recordType] = lost;
  const limit = postmark.settings.webhookPauseAfter.value;
  if (limit > 0 && lost >= limit && !webhook.paused.includes(recordType)) webhook.paused.push(recordType);
}

/** `durationMs`: process time, from the call to the end of its answer or of the wait for one. */
export function afterTry(postmark: Postmark, delivery: Delivery, verdict: Verdict, durationMs: number): void {
  if (delivery.webhookId === null) {
    settleInbound(postmark, delivery, verdict);
    return;
  }
  const webhook = postmark.webhooks.byId(delivery.serverId, delivery.webhookId);
  const recordType = recordTypes.find((known) => known === delivery.recordType);
  if (webhook === undefined || recordType === undefined) return;
  postmark.webhookCalls.add(webhook.id, recordType, postmark.world.clock.now(), { verdict: verdict.kind, durationMs });
  noteStreak(postmark, webhook, recordType, verdict);
  postmark.world.touched();
}
