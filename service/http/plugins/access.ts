/**
 * Who asks, for which tenant, and in whose name: the table "Headers" of the contract, as data on each route.
 *
 * `access: 'tenant'` needs a tenant; `'anyTenant'` takes one as a filter when the operator names it; `'operator'` is closed to tenant keys. A route whose
 * method is not GET is a write and needs an author. The hooks run before the body is read: a stranger costs no parsing.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../../work/outcomes.ts';

export type AccessRule = 'tenant' | 'anyTenant' | 'operator';

/** Whose key it is. */
export type KeyHolder = { kind: 'operator' } | { kind: 'tenant'; tenantId: string; keyName: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule;
    /** Listed in the reference: this call takes Idempotency-Key. */
    idempotencyKey?: 'required' | 'optional';
    /** Listed in the reference: this call takes Prefer. */
    preferWait?: true;
  }
  interface FastifyRequest {
    keyHolder: KeyHolder | null;
    tenantId: string | null;
    author: string | null;
  }
}

export const decorateAccess = (app: FastifyInstance): void => {
  app.decorateRequest('keyHolder', null);
  app.decorateRequest('tenantId', null);
  app.decorateRequest('author', null);
};

/** A route that asks for what its rule does not provide is wrong in the program, not in the request. */
const given = <T>(value: T | null, what: string): T => {
  if (value === null) throw new Error(`this route's access rule provides no ${what}`);
  return value;
};

export const keyHolderOf = (request: FastifyRequest): KeyHolder => given(request.keyHolder, 'key holder');
export const tenantOf = (request: FastifyRequest): string => given(request.tenantId, 'tenant');
export const callerOf = (request: FastifyRequest): Caller => ({
  author: given(request.author, 'author'),
  requestId: request.id,
  traceParent: request.span?.traceParent ?? null,
});

export const isWrite = (method: string): boolean => method !== 'GET';
