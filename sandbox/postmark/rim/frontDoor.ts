/**
 * From a request to an answer: route, token, media type, body, handler. The order is the order of refusals.
 * Success is always HTTP 200 with JSON; a refusal is `{ErrorCode, Message}` with its code repeated in X-PM-ApiErrorCode.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RimAnswer, RimRequest } from '../../world/httpRim.ts';
import type { FaultSpec, Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { authenticate } from './authenticate.ts';
import type { Call, Route } from './call.ts';
import { errorTexts } from './errorTexts.ts';
import { checkPace, paced } from './pace.ts';
import { Query } from './query.ts';
import { Refusal } from './refusal.ts';
import { findRoute } from './routeTable.ts';

const jsonType = 'application/json; charset=utf-8';
const jsonTypes = ['application/json', 'text/json', 'text/x-json'];

export const success = (body: Json): RimAnswer => ({ status: 200, headers: { 'content-type': jsonType }, body: JSON.stringify(body) });

export const refused = (refusal: Refusal): RimAnswer => ({
  status: refusal.status,
  headers: { 'content-type': jsonType, 'X-PM-ApiErrorCode': String(refusal.code) },
  body: JSON.stringify({ ErrorCode: refusal.code, Message: refusal.message, ...refusal.extra }),
});

const mediaTypes = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((part) => (part.split(';')[0] ?? '').trim().toLowerCase())
    .filter((type) => type !== '');

/** An absent Accept takes anything, as HTTP has it; a body without a Content-Type does not pass, and calls without one need none. */
function checkMediaTypes({ settings }: Postmark, bodyBytes: number, headers: IncomingHttpHeaders): void {
  const refusal = new Refusal(409, undefined, { status: settings.mediaTypeStatus.value });
  const accepted = mediaTypes(headers.accept);
  if (accepted.length > 0 && !accepted.some((type) => ['*/*', 'application/*', ...jsonTypes].includes(type))) throw refusal;
  const [sent] = mediaTypes(headers['content-type']);
  if (sent === undefined ? bodyBytes > 0 : !jsonTypes.includes(sent)) throw refusal;
}

function parsed(body: Buffer): Json | undefined {
  const text = body.toString('utf8').trim();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(402);
  }
}

async function carryOut(postmark: Postmark, request: RimRequest, route: Route, ids: string[]): Promise<Json> {
  const caller = authenticate(postmark, route, request.headers);
  checkPace(postmark, caller);
  checkMediaTypes(postmark, request.body.length, request.headers);
  const call: Call = { postmark, ids, query: new Query(request.query), body: parsed(request.body), bodyBytes: request.body.length };
  if (route.token === 'account') return route.handle(call);
  if (caller.kind === 'server') return route.handle(call, caller.record);
  if (caller.kind === 'test' && route.handleTest !== undefined) return route.handleTest(call);
  throw new Refusal(10);
}

export async function answerRequest(postmark: Postmark, request: RimRequest): Promise<RimAnswer> {
  try {
    const found = findRoute(request.method, request.path);
    if (found === null) throw new Refusal(12);
    return success(await carryOut(postmark, request, found.route, found.ids));
  } catch (error) {
    if (error instanceof Refusal) return paced(postmark, refused(error));
    throw error;
  }
}

/** What Postmark says with this HTTP status when nothing says it more exactly. */
const codeOfStatus: Readonly<Record<number, number>> = { 401: 10, 404: 12, 415: 409, 429: 429, 500: 101, 503: 100 };

/** An answer of the gateway in front of Postmark: a page, and no code. */
const gatewayAnswer = (status: number): RimAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: `<html><body><h1>${status}</h1></body></html>`,
});

export function faultAnswer(postmark: Postmark, fault: FaultSpec): RimAnswer {
  if (fault.kind === 'throttle') return paced(postmark, refused(new Refusal(429)));
  const code = Number(fault.errorCode ?? Number.NaN);
  const status = fault.status ?? errorTexts[code]?.status ?? 500;
  if (!Number.isInteger(code) && (status === 502 || status === 504)) return gatewayAnswer(status);
  return paced(postmark, refused(new Refusal(Number.isInteger(code) ? code : (codeOfStatus[status] ?? 300), undefined, { status })));
}
