import type { Json } from '../../world/world.ts';
import { recipientsIn } from '../email/emailInput.ts';
import { checkPending, checkSender, checkStanding, sendingStream } from '../email/sendingRules.ts';
import { type Call, type Route, server, textAt } from '../rim/call.ts';
import { type JsonObject, textIn } from '../rim/jsonBody.ts';
import type { Query } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { bulkBody, bulkContentIn, messagesIn, sharedFields, sharedIn } from './bulkInput.ts';
import { acceptedBulk, type BulkRequest, shownBulk } from './bulkRequest.ts';
import { FieldErrors } from './fieldErrors.ts';
import { scheduleChunk } from './releaseBulk.ts';

const countDefault = 100;
const countMax = 500;

/** Broadcasts only. Which stream is meant when none is named is not published; the one every server is born with is the only guess. */
function streamIn(record: ServerRecord, body: JsonObject): string {
  const named = textIn(body, 'MessageStream') ?? 'broadcast';
  const stream = sendingStream(record, named);
  if (stream.MessageStreamType !== 'Broadcasts')
    throw new Refusal(1236, `The stream provided: '${named}' is not a broadcast stream, and bulk requests are sent on those alone.`);
  return stream.ID;
}

function submit(call: Call, record: ServerRecord): Json {
  const { postmark } = call;
  if (!postmark.settings.bulkEnabled.value) throw new Refusal(14);
  const body = bulkBody(call.body);
  const errors = new FieldErrors();
  const from = sharedIn(body, errors);
  const stream = errors.read('MessageStream', '', () => streamIn(record, body));
  const parts = bulkContentIn(postmark, record.server.ID, body, errors);
  const messages = messagesIn(body, errors);
  errors.throwAny();
  checkStanding(postmark);
  checkSender(postmark, from.Email);
  for (const message of messages) checkPending(postmark, { from, ...recipientsIn(message) });
  const shared = Object.fromEntries(Object.entries(body).filter(([field]) => sharedFields.includes(field)));
  const bulk: BulkRequest = {
    id: postmark.random.fork('bulk').uuid(),
    serverId: record.server.ID,
    at: postmark.world.clock.now(),
    subject: parts.content.subject ?? '',
    status: 'Accepted',
    total: messages.length,
    done: 0,
    failed: 0,
    work: { shared: { ...shared, MessageStream: stream }, ...parts, messages },
  };
  postmark.bulk.add(bulk);
  scheduleChunk(postmark, bulk, bulk.at);
  postmark.world.touched();
  return acceptedBulk(postmark, bulk);
}

function single(call: Call, record: ServerRecord): Json {
  const bulk = call.postmark.bulk.byId(textAt(call));
  if (bulk === undefined || bulk.serverId !== record.server.ID) throw new Refusal(12);
  return shownBulk(call.postmark, bulk);
}

function countIn(query: Query): number {
  const text = query.text('count') ?? String(countDefault);
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > countMax) throw new Refusal(300, `Parameter 'count' must be a whole number from 1 to ${countMax}.`);
  return count;
}

const keyOf = (bulk: BulkRequest): string => Buffer.from(bulk.id).toString('base64url');

/** Where the page begins: after the request that the key stands for. */
function startIn(query: Query, newestFirst: readonly BulkRequest[]): number {
  const key = query.text('paginationKey');
  if (key === null) return 0;
  const last = newestFirst.findIndex((bulk) => keyOf(bulk) === key);
  if (last === -1) throw new Refusal(13);
  return last + 1;
}

/** Newest first. The last page has no key of a next one. */
function list(call: Call, record: ServerRecord): Json {
  const newestFirst = call.postmark.bulk.ofServer(record.server.ID).reverse();
  const count = countIn(call.query);
  const start = startIn(call.query, newestFirst);
  const page = newestFirst.slice(start, start + count);
  const last = page.at(-1);
  return {
    Requests: page.map((bulk) => shownBulk(call.postmark, bulk)),
    ...(last !== undefined && start + count < newestFirst.length ? { PaginationKey: keyOf(last) } : {}),
  };
}

export const bulkRoutes: readonly Route[] = [
  server('POST', '/email/bulk', submit),
  server('GET', '/email/bulk', list),
  server('GET', '/email/bulk/{id}', single),
];
