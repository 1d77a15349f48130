import type { Json } from '../../world/world.ts';
import { isAddress } from '../messages/message.ts';
import { bodyObject, type Call, type Route, server } from '../rim/call.ts';
import { errorTexts } from '../rim/errorTexts.ts';
import { listIn, objectOf, textIn } from '../rim/jsonBody.ts';
import { dateRangeOf, postmarkDate } from '../rim/postmarkDate.ts';
import { type Query, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { streamAt } from '../streams/messageStreams.ts';
import { release, suppress } from './changeSuppression.ts';
import type { Suppression } from './suppressionStore.ts';

const entriesMax = 50;
const countMax = 500;

export const shownSuppression = (suppression: Suppression): { [field: string]: Json } => ({
  EmailAddress: suppression.email,
  SuppressionReason: suppression.reason,
  Origin: suppression.origin,
  CreatedAt: postmarkDate(suppression.at),
});

const reasons: readonly Suppression['reason'][] = ['HardBounce', 'SpamComplaint', 'ManualSuppression'];
const origins: readonly Suppression['origin'][] = ['Recipient', 'Customer', 'Admin'];

/** A parameter that is one of a few words, in any case; null when it is not given. */
function wordOf<W extends string>(query: Query, name: string, words: readonly W[], code: number): W | null {
  const text = query.text(name);
  if (text === null) return null;
  const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (word === undefined) throw new Refusal(code, `Parameter '${name}' must be one of ${words.join(', ')}.`);
  return word;
}

/** All of the stream's, without paging: what the error list says of `count` and `offset` holds when they are given. */
function checkPaging(query: Query): void {
  const [count, offset] = [query.text('count'), query.text('offset')];
  if (count === null && offset === null) return;
  if (count === null) throw new Refusal(1401);
  if (offset === null) throw new Refusal(1403);
  if (!/^\d{1,9}$/.test(count) || Number(count) > countMax) throw new Refusal(1400);
  if (!/^\d{1,9}$/.test(offset)) throw new Refusal(1402);
}

function dump(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record).ID;
  const { query } = call;
  checkPaging(query);
  const reason = wordOf(query, 'SuppressionReason', reasons, 1404);
  const origin = wordOf(query, 'Origin', origins, 1405);
  const email = query.text('EmailAddress')?.toLowerCase();
  if (email !== undefined && !isAddress(email)) throw new Refusal(1408);
  const range = dateRangeOf(query, 1407);
  const matching = call.postmark.suppressions
    .ofServer(record.server.ID)
    .filter(
      (suppression) =>
        suppression.stream === stream &&
        (reason === null || suppression.reason === reason) &&
        (origin === null || suppression.origin === origin) &&
        (email === undefined || suppression.email.toLowerCase() === email) &&
        suppression.at >= range.from &&
        suppression.at <= range.to,
    );
  const [count, offset] = [query.text('count'), query.text('offset')];
  const page = count === null ? matching : slicePage(matching, { count: Number(count), offset: Number(offset) });
  return { Suppressions: page.map(shownSuppression) };
}

type Result = { EmailAddress: string; Status: 'Suppressed' | 'Deleted' | 'Failed'; Message: string | null };

function emailIn(item: Json): string {
  const email = textIn(objectOf(item, ['EmailAddress']), 'EmailAddress');
  if (email === null) throw new Refusal(1411);
  return email.trim();
}

/** HTTP 200 whatever becomes of the items: of 1406 and 1408 only the sentence is told. */
function each(call: Call, change: (email: string) => Omit<Result, 'EmailAddress'>): Json {
  const body = objectOf(bodyObject(call, 1409), ['Suppressions']);
  const items = listIn(body, 'Suppressions');
  if (items === null) throw new Refusal(1409);
  if (items.length > entriesMax) throw new Refusal(1410);
  const emails = items.map(emailIn);
  const results = emails.map((EmailAddress): Result => {
    if (!isAddress(EmailAddress)) return { EmailAddress, Status: 'Failed', Message: errorTexts[1408]?.text ?? null };
    return { EmailAddress, ...change(EmailAddress) };
  });
  call.postmark.world.touched();
  return { Suppressions: results };
}

function create(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record).ID;
  const serverId = record.server.ID;
  return each(call, (email) => {
    if (!call.postmark.suppressions.has(serverId, stream, email)) {
      const at = call.postmark.world.clock.now();
      suppress(call.postmark, { serverId, stream, email, reason: 'ManualSuppression', origin: 'Customer', at }, null);
    }
    return { Status: 'Suppressed', Message: null };
  });
}

/** An address that is not suppressed is as good as deleted. A complaint stays: only the person who complained can undo it. */
function remove(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record).ID;
  return each(call, (email) => {
    const known = call.postmark.suppressions.get(record.server.ID, stream, email);
    const isTheirs = known?.reason === 'ManualSuppression' && known.origin === 'Recipient';
    if (known?.reason === 'SpamComplaint' || (isTheirs && !call.postmark.settings.unsubscribeDeletable.value)) {
      return { Status: 'Failed', Message: errorTexts[1406]?.text ?? null };
    }
    release(call.postmark, { serverId: record.server.ID, stream, email, origin: 'Customer', at: call.postmark.world.clock.now() }, null);
    return { Status: 'Deleted', Message: null };
  });
}

export const suppressionRoutes: readonly Route[] = [
  server('GET', '/message-streams/{id}/suppressions/dump', dump),
  server('POST', '/message-streams/{id}/suppressions', create),
  server('POST', '/message-streams/{id}/suppressions/delete', remove),
];
