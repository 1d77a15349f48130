/** Whom a tenant must not mail: read, add, release. */
import { Problem } from '../../core/errors.ts';
import { listSuppressions } from '../../store/suppressionReads.ts';
import type { SuppressionEntry } from '../../store/suppressions.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf, keyHolderOf, tenantOf } from '../plugins/access.ts';
import { decodeCursor, pageFrom, uuidPosition } from '../present/cursor.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import {
  addSuppressionBody,
  listSuppressionsQuery,
  releaseSuppressionBody,
  type SuppressionRecord,
  suppression,
  suppressionPage,
} from '../schemas/suppression.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['suppression'];

const present = ({ id: _id, ...entry }: SuppressionEntry): SuppressionRecord => entry;

export const suppressionRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.get(
    '/suppression',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'List suppression entries, newest first',
        querystring: listSuppressionsQuery,
        response: replies({ 200: suppressionPage }, [...readProblems, 'missing_tenant']),
      },
    },
    async (request) => {
      const tenantId = tenantOf(request);
      const { limit, cursor, recipient = null, active = null } = request.query;
      const scope = ['suppression', tenantId, recipient, active];
      const after = decodeCursor(scope, cursor, uuidPosition);
      const rows = await listSuppressions(deps.db, { tenantId, recipient, active, after, limit: limit + 1 });
      return pageFrom(rows, { limit, scope, positionOf: ({ since, id }) => ({ at: since, id }), present });
    },
  );

  app.post(
    '/suppression',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'Stop mailing a recipient',
        description: '201, or 200 when the recipient was suppressed already.',
        body: addSuppressionBody,
        response: replies({ 200: suppression, 201: suppression }, [...writeProblems, 'missing_tenant']),
      },
    },
    async (request, reply) => {
      const { recipient, note = null } = request.body;
      const origin = keyHolderOf(request).kind;
      const outcome = await deps.addSuppression({ tenantId: tenantOf(request), recipient, note, origin }, callerOf(request));
      return reply.code(outcome.kind === 'added' ? 201 : 200).send(present(outcome.entry));
    },
  );

  app.post(
    '/suppression/release',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'Mail a recipient again',
        body: releaseSuppressionBody,
        response: replies({ 200: suppression }, [...writeProblems, 'missing_tenant', 'complaint_needs_force']),
      },
    },
    async (request) => {
      const outcome = await deps.releaseSuppression({ tenantId: tenantOf(request), ...request.body }, callerOf(request));
      if (outcome.kind === 'notFound') throw new Problem('not_found', 'this recipient has no active suppression entry');
      if (outcome.kind === 'complaintNeedsForce') {
        throw new Problem('complaint_needs_force', 'this recipient complained; force: true releases the entry all the same');
      }
      return present(outcome.entry);
    },
  );
};
