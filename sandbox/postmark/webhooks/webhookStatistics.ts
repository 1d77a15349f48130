/** `GET /webhooks/{id}/statistics`: the last 24 hours of one webhook. */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';
import { recordTypes, type Webhook } from './webhook.ts';
import { addInto, type Bucket, emptyBucket, windowHours } from './webhookCalls.ts';

const hourMs = 3_600_000;

const average = ({ calls, totalMs }: Bucket['ended']): number | null => (calls === 0 ? null : Math.round(totalMs / calls));

function metrics(bucket: Bucket): { [metric: string]: Json } {
  const total = bucket.taken + bucket.retry + bucket.lost;
  return {
    TotalRequests: total,
    SuccessCount: bucket.taken,
    FailureCount: bucket.lost,
    RetryCount: bucket.retry,
    SuccessRate: total === 0 ? 0 : Math.round((bucket.taken / total) * 10_000) / 100,
    SlowCount: bucket.slow,
    VerySlowCount: bucket.verySlow,
    AverageTerminalResponseTimeMs: average(bucket.ended),
    AverageRetryResponseTimeMs: average(bucket.retried),
  };
}

/** A kind of event that is paused is unverified until somebody verifies the webhook. */
const statusesOf = (webhook: Webhook): { [trigger: string]: string } =>
  Object.fromEntries(
    recordTypes
      .filter((recordType) => webhook.triggers[recordType].Enabled)
      .map((recordType) => [recordType, webhook.paused.includes(recordType) ? 'unverified' : webhook.status]),
  );

export function webhookStatistics({ webhookCalls, world }: Postmark, webhook: Webhook): Json {
  const now = world.clock.now();
  const byTrigger = webhookCalls.within(webhook.id, now);
  const sum = emptyBucket();
  for (const bucket of byTrigger.values()) addInto(sum, bucket);
  return {
    WebhookId: webhook.id,
    ServerId: webhook.serverId,
    MessageStreamId: webhook.stream,
    Url: webhook.url,
    Statuses: statusesOf(webhook),
    TimeRange: { StartTime: postmarkDate(now - windowHours * hourMs), EndTime: postmarkDate(now), Hours: windowHours },
    Metrics: metrics(sum),
    MetricsByTrigger: Object.fromEntries([...byTrigger].map(([trigger, bucket]) => [trigger, metrics(bucket)])),
  };
}
