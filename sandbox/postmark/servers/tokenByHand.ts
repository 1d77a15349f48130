/**
 * `POST /postmark/token`: what Postmark's pages do and its API does not. "Generate another token" gives a server a second one, and a person
 * can take one away, after which it is not valid any more.
 */
import { InputError } from '../../world/inputError.ts';
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { asJson } from './server.ts';

export type TokenChange = { server: number; action: 'generate' | 'remove'; token?: string };

/** Answers the server as the API shows it from now on. */
export function changeToken(postmark: Postmark, change: TokenChange): Json {
  const record = postmark.servers.byId(change.server);
  if (record === undefined) throw new InputError(`server: no server has the id ${change.server}; GET /state lists the ones there are`);
  if (change.action === 'generate') {
    postmark.servers.addToken(record, postmark.random.fork('tokens').uuid());
  } else {
    const token = record.server.ApiTokens.find((known) => known.toLowerCase() === change.token?.toLowerCase());
    if (token === undefined) throw new InputError(`token: server ${change.server} has no such token; GET /state lists its ApiTokens`);
    postmark.servers.removeToken(record, token);
  }
  postmark.world.touched();
  return asJson(record.server);
}
