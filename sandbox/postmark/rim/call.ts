import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';
import type { JsonObject } from './jsonBody.ts';
import { isObject } from './jsonBody.ts';
import type { Query } from './query.ts';
import { Refusal } from './refusal.ts';

/** A request that has been routed, authenticated and parsed. */
export type Call = {
  postmark: Postmark;
  /** What stood at the `{id}`s of the route. */
  ids: readonly string[];
  query: Query;
  /** Undefined when the request had none. */
  body: Json | undefined;
  bodyBytes: number;
};

export type AccountRoute = {
  method: string;
  path: string;
  token: 'account';
  handle: (call: Call) => Json | Promise<Json>;
};

export type ServerRoute = {
  method: string;
  path: string;
  token: 'server';
  handle: (call: Call, record: ServerRecord) => Json | Promise<Json>;
  /** What the route answers to the token POSTMARK_API_TEST; without it that token is not valid here. */
  handleTest?: (call: Call) => Json;
};

export type Route = AccountRoute | ServerRoute;

type AccountHandler = AccountRoute['handle'];
type ServerHandler = ServerRoute['handle'];

export const account = (method: string, path: string, handle: AccountHandler): AccountRoute => ({ method, path, token: 'account', handle });
export const server = (method: string, path: string, handle: ServerHandler): ServerRoute => ({ method, path, token: 'server', handle });

/** The n-th id of the path as a number; -1, which nothing has, when it is none. */
export function numberAt(call: Call, index = 0): number {
  const text = call.ids[index] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : -1;
}

export const textAt = (call: Call, index = 0): string => call.ids[index] ?? '';

/** The body as an object; `absentCode` when there is none at all. */
export function bodyObject(call: Call, absentCode: number): JsonObject {
  if (call.body === undefined) throw new Refusal(absentCode);
  if (!isObject(call.body)) throw new Refusal(402);
  return call.body;
}
