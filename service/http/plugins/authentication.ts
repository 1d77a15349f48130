/**
 * Bearer keys: the operator's, current or previous, or a tenant's `pr_…`.
 *
 * Only digests are compared, in constant time for the operator's keys; a tenant key is found by its SHA-256, whose preimage nobody can steer. Keys are
 * random, so one round of SHA-256 is right for them. A presented key is never logged or repeated.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/errors.ts';
import { noteTenantKeyUse } from '../../store/tenantKeys.ts';
import type { HttpDeps } from '../deps.ts';
import type { KeyHolder } from './access.ts';

export const tenantKeyPrefix = 'pr_';
/** Longer than any key we issue or accept; keeps a hostile header from costing a digest of megabytes. */
const keyLengthMax = 512;
/** `last_used_at` says "lately": a write an hour, not one a request. */
const useNotedEveryMs = 3_600_000;

export const keyHash = (key: string): string => hash('sha256', key, 'hex');

const presentedKey = (authorization: string | undefined): string | null => {
  const [, key] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return key === undefined || key.length > keyLengthMax ? null : key;
};

const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

/** Of the operator keys, made anew when they change: a digest costs as much as all the rest of the look, and there is a look for every request. */
const operatorDigests = (operatorKeys: () => readonly string[]): (() => readonly { key: string; digest: Buffer }[]) => {
  let known: { key: string; digest: Buffer }[] = [];
  return () => {
    const keys = operatorKeys();
    if (keys.length !== known.length || keys.some((key, n) => key !== known[n]?.key))
      known = keys.map((key) => ({ key, digest: digestOf(key) }));
    return known;
  };
};

type AuthenticationDeps = Pick<HttpDeps, 'db' | 'now' | 'operatorKeys' | 'previousKeyUsed' | 'findTenantKey'>;

type AcceptedKeys = ReturnType<ReturnType<typeof operatorDigests>>;

const holderOf = async (
  { db, now, previousKeyUsed, findTenantKey }: AuthenticationDeps,
  accepted: AcceptedKeys,
  key: string,
): Promise<KeyHolder | null> => {
  const presented = digestOf(key);
  // No early exit: how long it takes does not say which it is.
  const [used] = accepted.filter(({ digest }) => timingSafeEqual(presented, digest));
  if (used !== undefined) {
    if (used !== accepted[0]) previousKeyUsed(used.key);
    return { kind: 'operator' };
  }
  if (!key.startsWith(tenantKeyPrefix)) return null;
  const found = await findTenantKey(keyHash(key));
  if (found === null) return null;
  const staleBefore = new Date(now().getTime() - useNotedEveryMs);
  if (found.lastUsedAt === null || found.lastUsedAt < staleBefore) await noteTenantKeyUse(db, found, now());
  return { kind: 'tenant', tenantId: found.tenantId, keyName: found.name };
};

export const authenticate = (app: FastifyInstance, deps: AuthenticationDeps): void => {
  const accepted = operatorDigests(deps.operatorKeys);
  app.addHook('onRequest', async (request) => {
    const key = presentedKey(request.headers.authorization);
    if (key === null) throw new Problem('unauthenticated', 'no bearer key was sent');
    request.keyHolder = await holderOf(deps, accepted(), key);
    if (request.keyHolder === null) throw new Problem('unauthenticated', 'the bearer key is not known');
    if (request.keyHolder.kind === 'tenant' && request.routeOptions.config.access === 'operator') {
      throw new Problem('forbidden', 'this call is for operators');
    }
  });
};
