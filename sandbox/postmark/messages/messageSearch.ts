import type { Call } from '../rim/call.ts';
import { dateRangeOf } from '../rim/postmarkDate.ts';
import type { Query } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import { hasRecipient, type Message } from './message.ts';
import { metadataValue } from './messageStore.ts';
import { searchedStream } from './searchedStream.ts';

type Filter = (message: Message) => boolean;

const statusFilters: Readonly<Record<string, Filter>> = {
  queued: (message) => message.status === 'Queued',
  sent: (message) => message.status === 'Sent',
  processed: (message) => message.status === 'Sent',
};

function statusFilter(value: string): Filter {
  const filter = statusFilters[value.toLowerCase()];
  if (filter === undefined) throw new Refusal(700, "Parameter 'status' must be one of queued, sent, processed.");
  return filter;
}

const textFilters: Readonly<Record<string, (value: string) => Filter>> = {
  recipient: (value) => (message) => hasRecipient(message, value),
  fromemail: (value) => (message) => message.from.Email.toLowerCase() === value.toLowerCase(),
  tag: (value) => (message) => message.tag === value,
  subject: (value) => (message) => message.subject.toLowerCase().includes(value.toLowerCase()),
  status: statusFilter,
};

function filtersOf(query: Query): Filter[] {
  const filters = Object.entries(textFilters).flatMap(([name, make]) => {
    const value = query.text(name);
    return value === null ? [] : [make(value)];
  });
  for (const [name, value] of query.startingWith('metadata_')) filters.push((message) => metadataValue(message, name) === value);
  const range = dateRangeOf(query, 700);
  filters.push((message) => message.receivedAt >= range.from && message.receivedAt <= range.to);
  return filters;
}

/** Newest first. What came within the search's lag is not found yet. */
export function searchMessages(call: Call, serverId: number): Message[] {
  const { messages, settings, world } = call.postmark;
  const filters = filtersOf(call.query);
  const stream = searchedStream(call);
  const job = call.query.text('metadata_jobid');
  const candidates = job === null ? messages.ofServer(serverId) : messages.ofJob(job).filter((message) => message.serverId === serverId);
  const indexedUntil = world.clock.now() - settings.searchLagMs.value;
  return candidates
    .filter(
      (message) =>
        message.receivedAt <= indexedUntil && (stream === null || message.stream === stream) && filters.every((passes) => passes(message)),
    )
    .reverse();
}
