/**
 * A job's status as a fold over its provider events, ordered by when they happened: any order and any number of repeats of arrival end in
 * the same status. `QUEUED < SENDING < SENT < DELIVERED < BOUNCED < COMPLAINED` is the order of concern.
 */
export type ProviderEvent = { kind: 'delivered' | 'bounced' | 'complained'; occurredAt: Date };

/** Postmark's record types that may say what became of a message. The others, often many times as many, fold into nothing. */
export const outcomeRecordTypes: readonly string[] = ['Delivery', 'Bounce', 'SpamComplaint'];

export type Projection = { status: 'DELIVERED' | 'BOUNCED' | 'COMPLAINED' | 'INCONSISTENT'; deliveredAt: Date | null };

const timesOf = (events: readonly ProviderEvent[], kind: ProviderEvent['kind']): number[] =>
  events.filter((event) => event.kind === kind).map((event) => event.occurredAt.getTime());

/** What the events say, or null when they say nothing of the outcome. One job has one recipient, so all its events are of that recipient. */
export const project = (events: readonly ProviderEvent[]): Projection | null => {
  const delivered = timesOf(events, 'delivered');
  const bounced = timesOf(events, 'bounced');
  const complained = timesOf(events, 'complained');
  const deliveredAt = delivered.length === 0 ? null : new Date(Math.min(...delivered));
  // A mailbox that bounced or complained cannot receive the same message afterwards: somebody's record is wrong.
  if (Math.max(...delivered) > Math.min(...bounced, ...complained)) return { status: 'INCONSISTENT', deliveredAt };
  if (complained.length > 0) return { status: 'COMPLAINED', deliveredAt };
  if (bounced.length > 0) return { status: 'BOUNCED', deliveredAt };
  return deliveredAt === null ? null : { status: 'DELIVERED', deliveredAt };
};
