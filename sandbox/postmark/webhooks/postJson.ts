/**
 * One HTTP POST as Postmark's webhooks make it.
 *
 * Guarantee: answers within `timeoutMs` of process time, redirects included, and never throws: refused, reset and late are all `noAnswer`.
 * Redirects are followed up to ten times; 307 and 308 repeat the body, the others turn into GET; Authorization does not leave its origin.
 * With `expects` the body waits for `100 Continue`: a receiver that refuses by the headers alone never sees it.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Outcome } from './retrySchedule.ts';

const redirectsMax = 10;
/** A receiver that does not know `100 Continue` says nothing: the body goes out after this long, as .NET's client does it. */
const continueWaitMs = 350;

export type Posting = { url: string; headers: OutgoingHttpHeaders; body: string; timeoutMs: number; expects: boolean };
export type Poster = { post(posting: Posting): Promise<Outcome>; close(): void };

type Step = { method: 'POST' | 'GET'; url: URL; headers: OutgoingHttpHeaders; body: string };
type Answer = { status: number; location: string | undefined };

/** Sends the body when it may go; an answer that comes first makes it superfluous, and the connection with it. */
function sendBody(outgoing: ClientRequest, step: Step): void {
  if (step.method === 'GET' || step.headers['Expect'] === undefined) {
    outgoing.end(step.method === 'POST' ? step.body : undefined);
    return;
  }
  const send = () => {
    clearTimeout(timer);
    if (!outgoing.writableEnded && !outgoing.destroyed) outgoing.end(step.body);
  };
  const timer = setTimeout(send, continueWaitMs);
  outgoing.once('continue', send);
  outgoing.once('close', () => clearTimeout(timer));
  outgoing.once('response', (response) => {
    clearTimeout(timer);
    if (!outgoing.writableEnded) response.once('close', () => outgoing.destroy());
  });
}

function exchange(step: Step, agent: Agent, signal: AbortSignal, afresh: boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const secure = step.url.protocol === 'https:';
    const options = { method: step.method, headers: step.headers, signal, ...(secure ? {} : { agent: afresh ? false : agent }) } as const;
    const answered = (response: IncomingMessage) => {
      response.resume();
      const answer = { status: response.statusCode ?? 0, location: response.headers.location };
      response.once('end', () => resolve(answer)).once('error', reject);
    };
    const outgoing = secure ? httpsRequest(step.url, options, answered) : httpRequest(step.url, options, answered);
    outgoing.once('error', (cause) => {
      // The receiver closed a pooled connection just as it was used again: nothing was read, and a new connection tells how it really is.
      if (outgoing.reusedSocket && !signal.aborted && !afresh) exchange(step, agent, signal, true).then(resolve, reject);
      else reject(cause);
    });
    sendBody(outgoing, step);
  });
}

function withoutCredentials(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function withoutBody(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(content-|expect$)/i.test(name)));
}

function redirected(step: Step, { status, location }: Answer): Step | null {
  const url = status >= 300 && status < 400 && location !== undefined ? URL.parse(location, step.url.href) : null;
  if (url === null) return null;
  const headers = url.origin === step.url.origin ? step.headers : withoutCredentials(step.headers);
  if (status === 307 || status === 308) return { ...step, url, headers };
  return { method: 'GET', url, headers: withoutBody(headers), body: '' };
}

async function follow(first: Step, agent: Agent, signal: AbortSignal): Promise<Outcome> {
  let step = first;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchange(step, agent, signal, false);
    const next = redirects < redirectsMax ? redirected(step, answer) : null;
    if (next === null) return { kind: 'answered', status: answer.status };
    step = next;
  }
}

export function createPoster(): Poster {
  const agent = new Agent({ keepAlive: true });
  return {
    async post({ url, headers, body, timeoutMs, expects }) {
      const parsed = URL.parse(url);
      if (parsed === null) return { kind: 'noAnswer' };
      const call = { 'Content-Length': Buffer.byteLength(body), ...(expects ? { Expect: '100-continue' } : {}) };
      const step: Step = { method: 'POST', url: parsed, headers: { ...headers, ...call }, body };
      try {
        return await follow(step, agent, AbortSignal.timeout(timeoutMs));
      } catch {
        return { kind: 'noAnswer' };
      }
    },
    close: () => agent.destroy(),
  };
}
