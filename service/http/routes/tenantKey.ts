/** Keys of tenants, for operators: made, listed, revoked. */
import { randomBytes, randomUUID } from 'node:crypto';
import { Problem } from '../../core/errors.ts';
import { insertTenantKey, listTenantKeys, revokeTenantKey } from '../../store/tenantKeys.ts';
import { basePath } from '../basePath.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { keyHash, tenantKeyPrefix } from '../plugins/authentication.ts';
import { decodeCursor, pageFrom, uuidPosition } from '../present/cursor.ts';
import { noContent, readProblems, replies, writeProblems } from '../schemas/problem.ts';
import { createTenantKeyBody, listTenantKeysQuery, newTenantKey, tenantKeyPage, tenantKeyParams } from '../schemas/tenantKey.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['tenant-key'];
/** 256 bits: nothing to guess, so one round of SHA-256 keeps it. */
const keyBytes = 32;

export const tenantKeyRoutes = (app: ZodApp, { db, now }: HttpDeps): void => {
  app.post(
    '/tenant-key',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'Make a key that acts for one tenant; it is shown this once',
        body: createTenantKeyBody,
        response: replies({ 201: newTenantKey }, writeProblems),
      },
    },
    async (request, reply) => {
      const { tenantId, name } = request.body;
      const id = randomUUID();
      const key = tenantKeyPrefix + randomBytes(keyBytes).toString('base64url');
      const createdBy = callerOf(request).author;
      await insertTenantKey(db, { tenantId, id, name, keyHash: keyHash(key), createdAt: now(), createdBy });
      return reply.code(201).header('location', `${basePath}/tenant-key/${id}`).send({ id, name, tenantId, key });
    },
  );

  app.get(
    '/tenant-key',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'List the keys in force, newest first; never the keys themselves',
        querystring: listTenantKeysQuery,
        response: replies({ 200: tenantKeyPage }, readProblems),
      },
    },
    async ({ query: { limit, cursor } }) => {
      const scope = ['tenant-key'];
      const after = decodeCursor(scope, cursor, uuidPosition);
      const rows = await listTenantKeys(db, { after, limit: limit + 1 });
      return pageFrom(rows, { limit, scope, positionOf: ({ createdAt, id }) => ({ at: createdAt, id }), present: (row) => row });
    },
  );

  app.delete(
    '/tenant-key/:id',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'Revoke a key; its next call is refused',
        params: tenantKeyParams,
        response: replies({ 204: noContent }, writeProblems),
      },
    },
    async (request, reply) => {
      const { kind } = await revokeTenantKey(db, request.params.id, now());
      if (kind === 'notFound') throw new Problem('not_found', 'no such key, or revoked already');
      return reply.code(204).send();
    },
  );
};
