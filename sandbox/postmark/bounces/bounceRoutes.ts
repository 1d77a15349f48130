import type { Instant, Json } from '../../world/world.ts';
import { type Call, numberAt, type Route, server, textAt } from '../rim/call.ts';
import { dateRangeOf } from '../rim/postmarkDate.ts';
import { pageOf, slicePage, windowMax } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { release } from '../suppressions/changeSuppression.ts';
import { type Bounce, bounceDump, shownBounce } from './bounce.ts';
import { bounceTypeNamed, bounceTypes } from './bounceTypes.ts';

const nowOf = (call: Call): Instant => call.postmark.world.clock.now();

function found(call: Call, record: ServerRecord): Bounce {
  if (!/^\d+$/.test(textAt(call))) throw new Refusal(1002);
  const bounce = call.postmark.bounces.byId(record.server.ID, numberAt(call));
  if (bounce === undefined) throw new Refusal(1001);
  return bounce;
}

/** A filter per parameter that was given; the stream is `outbound` unless another is named. */
function matching(call: Call, record: ServerRecord): Bounce[] {
  const { query } = call;
  const typeText = query.text('type');
  const type = typeText === null ? null : bounceTypeNamed(typeText)?.type;
  if (type === undefined) throw new Refusal(1000, `Parameter 'type' is not a bounce type: '${typeText ?? ''}'.`);
  const range = dateRangeOf(query, 1000);
  const part = query.text('emailFilter')?.toLowerCase() ?? '';
  const stream = query.text('messagestream')?.toLowerCase() ?? 'outbound';
  const inactiveText = query.text('inactive')?.toLowerCase();
  if (inactiveText !== undefined && !['true', 'false'].includes(inactiveText))
    throw new Refusal(1000, `Parameter 'inactive' must be true or false.`);
  const [inactive, tag, messageId] = [inactiveText, query.text('tag'), query.text('messageID')?.toLowerCase()];
  return call.postmark.bounces
    .ofServer(record.server.ID)
    .filter(
      (bounce) =>
        bounce.stream === stream &&
        (type === null || bounce.type === type) &&
        (inactive === undefined || String(bounce.inactive) === inactive) &&
        bounce.email.toLowerCase().includes(part) &&
        (tag === null || bounce.tag === tag) &&
        (messageId === undefined || bounce.messageId === messageId) &&
        bounce.at >= range.from &&
        bounce.at <= range.to,
    )
    .reverse();
}

function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 1000, windowMax);
  const bounces = matching(call, record);
  return { TotalCount: bounces.length, Bounces: slicePage(bounces, page).map((bounce) => shownBounce(bounce, nowOf(call))) };
}

function single(call: Call, record: ServerRecord): Json {
  const bounce = found(call, record);
  return { ...shownBounce(bounce, nowOf(call)), Content: bounceDump(bounce, nowOf(call)) };
}

function activate(call: Call, record: ServerRecord): Json {
  const bounce = found(call, record);
  const suppression = call.postmark.suppressions.get(record.server.ID, bounce.stream, bounce.email);
  if (!bounce.canActivate || suppression?.reason === 'SpamComplaint') throw new Refusal(1003);
  const { stream, email } = bounce;
  release(call.postmark, { serverId: record.server.ID, stream, email, origin: 'Customer', at: nowOf(call) }, null);
  bounce.inactive = false;
  call.postmark.world.touched();
  return { Message: 'OK', Bounce: shownBounce(bounce, nowOf(call)) };
}

/** Tags that bounced; withdrawn from Postmark's pages, and still asked for by old clients. */
function tags(call: Call, record: ServerRecord): Json {
  const used = new Set(call.postmark.bounces.ofServer(record.server.ID).map(({ tag }) => tag));
  return [...used].filter((tag) => tag !== '').sort();
}

function statistics(call: Call, record: ServerRecord): Json {
  const bounces = call.postmark.bounces.ofServer(record.server.ID);
  const perType = bounceTypes.map(({ type, name }) => ({
    Type: type,
    Name: name,
    Count: bounces.filter((bounce) => bounce.type === type).length,
  }));
  return {
    InactiveMails: call.postmark.suppressions.ofServer(record.server.ID).length,
    Bounces: [{ Name: 'All', Count: bounces.length }, ...perType.filter(({ Count }) => Count > 0)],
  };
}

export const bounceRoutes: readonly Route[] = [
  server('GET', '/deliverystats', statistics),
  server('GET', '/bounces', list),
  server('GET', '/bounces/tags', tags),
  server('GET', '/bounces/{id}', single),
  server('GET', '/bounces/{id}/dump', (call, record) => ({ Body: bounceDump(found(call, record), nowOf(call)) })),
  server('PUT', '/bounces/{id}/activate', activate),
];
