import type { Json } from '../../world/world.ts';
import { isAddress } from '../messages/message.ts';
import { bodyObject, type Call, type Route, server } from '../rim/call.ts';
import { listIn, objectOf, textIn } from '../rim/jsonBody.ts';
import { dateRangeOf, postmarkDate } from '../rim/postmarkDate.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { streamAt } from '../streams/messageStreams.ts';
import { release, suppress } from './changeSuppression.ts';
import type { Suppression } from './suppressionStore.ts';

const entriesMax = 50;

export const shownSuppression = (suppression: Suppression): { [field: string]: Json } => ({
  EmailAddress: suppression.email,
  SuppressionReason: suppression.reason,
  Origin: suppression.origin,
  CreatedAt: postmarkDate(suppression.at),
});

/** All of the stream's, without paging. */
function dump(call: Call, record: ServerRecord): Json {
  const stream = streamAt(call, record).ID;
  const { query } = call;
  const [reason, origin, email] = ['SuppressionReason', 'Origin', 'EmailAddress'].map((name) => query.text(name)?.toLowerCase());
  const range = dateRangeOf(query, 1400);
  const matching = call.postmark.suppressions
    .ofServer(record.server.ID)
    .filter(
      (suppression) =>
        suppression.stream === stream &&
        (reason === undefined || suppression.reason.toLowerCase() === reason) &&
        (origin === undefined || suppression.origin.toLowerCase() === origin) &&
        (email === undefined || suppression.email.toLowerCase() === email) &&
        suppression.at >= range.from &&
        suppression.at <= range.to,
    );
  return { Suppressions: matching.map(shownSuppression) };
}

type Result = { EmailAddress: string; Status: 'Suppressed' | 'Deleted' | 'Failed'; Message: string | null };

/** HTTP 200 whatever becomes of the items. */
function each(call: Call, change: (email: string) => Omit<Result, 'EmailAddress'>): Json {
  const body = objectOf(bodyObject(call, 1409), ['Suppressions']);
  const items = listIn(body, 'Suppressions');
  if (items === null) throw new Refusal(1409);
  if (items.length > entriesMax) throw new Refusal(1410);
  const emails = items.map((item) => textIn(objectOf(item, ['EmailAddress']), 'EmailAddress')?.trim() ?? '');
  const results = emails.map((EmailAddress): Result => {
    if (!isAddress(EmailAddress)) return { EmailAddress, Status: 'Failed', Message: 'An invalid email address was provided.' };
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
    if (known?.reason === 'SpamComplaint') {
      return { Status: 'Failed', Message: 'You do not have the required authority to change this suppression.' };
    }
    release(call.postmark, record.server.ID, stream, email);
    return { Status: 'Deleted', Message: null };
  });
}

export const suppressionRoutes: readonly Route[] = [
  server('GET', '/message-streams/{id}/suppressions/dump', dump),
  server('POST', '/message-streams/{id}/suppressions', create),
  server('POST', '/message-streams/{id}/suppressions/delete', remove),
];
