import type { Json } from '../../world/world.ts';
import { type Call, type Route, server } from '../rim/call.ts';
import { objectOf } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { acceptTemplated, acceptTestTemplated } from '../templates/templatedEmail.ts';
import { acceptEmail, acceptTestEmail } from './acceptEmail.ts';

const batchMax = 500;

/** One message: what is refused is the answer. */
function single(call: Call, accept: (input: Json) => Json): Json {
  return accept(call.body ?? null);
}

/** Each message on its own, in the order given: HTTP 200 whatever becomes of them, and a refused one is its code and sentence. */
function batch(items: Json, accept: (input: Json) => Json): Json {
  if (!Array.isArray(items)) throw new Refusal(402);
  if (items.length > batchMax) throw new Refusal(410, `The batch has ${items.length} messages: at most ${batchMax} are allowed.`);
  return items.map((item) => {
    try {
      return accept(item);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { ErrorCode: error.code, Message: error.message };
    }
  });
}

const bare = (call: Call): Json => call.body ?? null;

const wrapped = (call: Call): Json => objectOf(call.body, ['Messages'])['Messages'] ?? null;

export const emailRoutes: readonly Route[] = [
  {
    ...server('POST', '/email', (call, record) => single(call, (input) => acceptEmail(call.postmark, record, input, false))),
    handleTest: (call) => single(call, (input) => acceptTestEmail(call.postmark, input)),
  },
  {
    ...server('POST', '/email/batch', (call, record) => batch(bare(call), (input) => acceptEmail(call.postmark, record, input, true))),
    handleTest: (call) => batch(bare(call), (input) => acceptTestEmail(call.postmark, input)),
  },
  {
    ...server('POST', '/email/withTemplate', (call, record) =>
      single(call, (input) => acceptTemplated(call.postmark, record, input, false)),
    ),
    handleTest: (call) => single(call, (input) => acceptTestTemplated(call.postmark, input)),
  },
  {
    ...server('POST', '/email/batchWithTemplates', (call, record) =>
      batch(wrapped(call), (input) => acceptTemplated(call.postmark, record, input, true)),
    ),
    handleTest: (call) => batch(wrapped(call), (input) => acceptTestTemplated(call.postmark, input)),
  },
];
