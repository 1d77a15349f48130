/** Tokens: an account token opens the Account API, a server token the Server API, never both at once. Compared without regard to case. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';
import { accountTokens } from './accountTokens.ts';
import type { Route } from './call.ts';
import { Refusal } from './refusal.ts';

export const testToken = 'POSTMARK_API_TEST';

function tokenIn(headers: IncomingHttpHeaders, kind: 'account' | 'server'): string | null {
  const value = headers[`x-postmark-${kind}-token`];
  return typeof value === 'string' && value.trim() !== '' ? value.trim().toLowerCase() : null;
}

export type Caller = { kind: 'account' } | { kind: 'server'; record: ServerRecord } | { kind: 'test' };

/** The server that the token belongs to, also when the call will be refused: faults of one server meet it. */
export function serverOfToken(postmark: Postmark, headers: IncomingHttpHeaders): ServerRecord | undefined {
  const token = tokenIn(headers, 'server');
  return token === null ? undefined : postmark.servers.byToken(token);
}

export function authenticate(postmark: Postmark, route: Route, headers: IncomingHttpHeaders): Caller {
  const accountToken = tokenIn(headers, 'account');
  const serverToken = tokenIn(headers, 'server');
  if (accountToken === null && serverToken === null) throw new Refusal(10, undefined, { status: postmark.settings.noTokenStatus.value });
  if (route.token === 'account') {
    if (serverToken !== null && accountToken !== null)
      throw new Refusal(10, 'Please do not include Server API Token for Account API Token calls.');
    if (!accountTokens(postmark).some((known) => known.toLowerCase() === accountToken))
      throw new Refusal(10, 'Request does not contain a valid Account token.');
    return { kind: 'account' };
  }
  if (accountToken !== null && serverToken !== null)
    throw new Refusal(10, 'Please do not include Account API Token for Server API Token calls.');
  if (serverToken === testToken.toLowerCase() && route.handleTest !== undefined) return { kind: 'test' };
  const record = serverToken === null ? undefined : postmark.servers.byToken(serverToken);
  if (record === undefined) throw new Refusal(10, 'Request does not contain a valid Server token.');
  return { kind: 'server', record };
}
