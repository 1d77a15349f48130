/** Callers as they should be: each message has a key, and is asked for again with it until an answer says that it is taken. */
import { setTimeout as pause } from 'node:timers/promises';
import { messageFor } from '../load/sendable.ts';

export type Message = { key: string; tenant: string; configurationEId: string; recipient: string };

export type Insistence = {
  /** Job ids by key, as they were answered. */
  taken: Map<string, string>;
  /** Requests without an answer, whose outcome the caller did not learn. */
  lostAnswers: number;
  /** Answers that said: taken before. */
  replays: number;
  /** What no caller should ever see. */
  odd: string[];
};

type Asking = { services: readonly string[]; headers(tenant: string): Record<string, string> };

const basePath = '/v1/shop-access/email';
const answerLimitMs = 10_000;
const againMs = 100;

type Answered = { key: string; eId: string; replayed: boolean };
type Heard = { kind: 'taken'; all: Answered[] } | { kind: 'again' } | { kind: 'odd'; what: string };

type Result = { status: number; job?: { eId: string }; replayed?: true };

const hearOne = async (response: Response, message: Message): Promise<Heard> => {
  const text = await response.text();
  if (response.status === 503) return { kind: 'again' };
  if (response.status !== 202 && response.status !== 200) return { kind: 'odd', what: `${response.status} ${text.slice(0, 300)}` };
  const { eId } = JSON.parse(text) as { eId: string };
  return { kind: 'taken', all: [{ key: message.key, eId, replayed: response.headers.get('idempotent-replayed') === 'true' }] };
};

const hearMany = async (response: Response, messages: readonly Message[]): Promise<Heard> => {
  const text = await response.text();
  if (response.status === 503) return { kind: 'again' };
  if (response.status !== 200) return { kind: 'odd', what: `${response.status} ${text.slice(0, 300)}` };
  const { results } = JSON.parse(text) as { results: Result[] };
  if (results.length !== messages.length) return { kind: 'odd', what: `${results.length} results for ${messages.length} items` };
  const refused = results.find(({ job }) => job === undefined);
  if (refused !== undefined) return refused.status === 503 ? { kind: 'again' } : { kind: 'odd', what: JSON.stringify(refused) };
  const all = results.map(({ job, replayed }, n) => ({ key: messages[n]?.key ?? '', eId: job?.eId ?? '', replayed: replayed === true }));
  return { kind: 'taken', all };
};

const ask = async (url: string, headers: Record<string, string>, messages: readonly Message[]): Promise<Heard> => {
  const [first] = messages;
  if (first === undefined) return { kind: 'taken', all: [] };
  const items = messages.map(({ key, configurationEId, recipient }) => ({
    idempotencyKey: key,
    ...messageFor(configurationEId, recipient),
  }));
  const alone = messages.length === 1;
  const response = await fetch(`${url}${basePath}/job${alone ? '' : '/batch'}`, {
    method: 'POST',
    headers: alone ? { ...headers, 'Idempotency-Key': first.key } : headers,
    body: JSON.stringify(alone ? messageFor(first.configurationEId, first.recipient) : { items }),
    signal: AbortSignal.timeout(answerLimitMs),
  });
  return alone ? hearOne(response, first) : hearMany(response, messages);
};

const note = (seen: Insistence, all: readonly Answered[]): void => {
  for (const { key, eId, replayed } of all) {
    const before = seen.taken.get(key);
    if (before !== undefined && before !== eId) seen.odd.push(`the key ${key} was answered with the jobs ${before} and ${eId}`);
    seen.taken.set(key, eId);
    if (replayed) seen.replays += 1;
  }
};

/** All of one tenant: one request, or one batch. Tries the replicas in turn. */
export const insist = async (
  seen: Insistence,
  { services, headers }: Asking,
  messages: readonly Message[],
  until: number,
): Promise<void> => {
  const tenant = messages[0]?.tenant ?? '';
  for (let attempt = 0; performance.now() < until; attempt += 1) {
    const url = services[(attempt + seen.taken.size) % services.length] ?? '';
    try {
      const heard = await ask(url, headers(tenant), messages);
      if (heard.kind === 'taken') return note(seen, heard.all);
      if (heard.kind === 'odd') {
        seen.odd.push(heard.what);
        return;
      }
    } catch {
      seen.lostAnswers += 1;
    }
    await pause(againMs);
  }
  seen.odd.push(`${messages[0]?.key ?? ''} was never answered`);
};
