/**
 * A job's status as a fold over its provider events, ordered by when they happened: any order and any number of repeats of arrival end in
 * the same status. `QUEUED < SENDING < SENT < DELIVERED < BOUNCED < COMPLAINED` is the order of concern.
 */
export type ProviderEvent = { kind: 'delivered' | 'bounced' | 'complained'; occurredAt: Date };

export type Projection = { status: 'DELIVERED' | 'BOUNCED' | 'COMPLAINED' | 'INCONSISTENT'; deliveredAt: Date | null };

const earliest = (events: readonly ProviderEvent[], kind: ProviderEvent['kind']): Date | null => {
  const times = events.filter((event) => event.kind === kind).map((event) => event.occurredAt.getTime());
  return times.length === 0 ? null : new Date(Math.min(...times));
};

/** What the events say, or null when they say nothing of the outcome. One job has one recipient, so all its events are of that recipient. */
export const project = (events: readonly ProviderEvent[]): Projection | null => {
  const deliveredAt = earliest(events, 'delivered');
  const bouncedAt = earliest(events, 'bounced');
  const complainedAt = earliest(events, 'complained');
  const refusedAt = [bouncedAt, complainedAt].filter((at) => at !== null).map((at) => at.getTime());
  // A mailbox that bounced or complained cannot receive the same message afterwards: somebody's record is wrong.
  if (deliveredAt !== null && refusedAt.some((at) => deliveredAt.getTime() > at)) return { status: 'INCONSISTENT', deliveredAt };
  if (complainedAt !== null) return { status: 'COMPLAINED', deliveredAt };
  if (bouncedAt !== null) return { status: 'BOUNCED', deliveredAt };
  return deliveredAt === null ? null : { status: 'DELIVERED', deliveredAt };
};
