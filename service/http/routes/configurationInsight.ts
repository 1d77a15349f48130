/** What happened to a configuration, and why it can or cannot send. */
import { Problem } from '../../core/errors.ts';
import { listHistory } from '../../store/configurationHistoryReads.ts';
import { type ConfigurationFacts, readConfiguration } from '../../store/configurationReads.ts';
import type { HttpDeps } from '../deps.ts';
import { decodeCursor, pageFrom } from '../present/cursor.ts';
import { explainFix } from '../present/explainFix.ts';
import { explainQuery, explanation, historyPage, historyQuery } from '../schemas/configuration.ts';
import { eIdParams } from '../schemas/identifiers.ts';
import { readProblems, replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['configuration'];
const notFound = () => new Problem('not_found', 'no such configuration, or not yours');
/** An event's number in its configuration's history; at most what the column holds. */
const sequencePosition = /^[1-9][0-9]{0,8}$/;

export const configurationInsightRoutes = (app: ZodApp, deps: HttpDeps): void => {
  const found = async (tenantId: string | null, eId: string): Promise<ConfigurationFacts> => {
    const facts = await readConfiguration(deps.db, { tenantId, eId });
    if (facts === null) throw notFound();
    return facts;
  };

  app.get(
    '/configuration/:eId/history',
    {
      config: { access: 'anyTenant' },
      schema: {
        tags,
        summary: 'What happened, oldest first',
        params: eIdParams,
        querystring: historyQuery,
        response: replies({ 200: historyPage }, [...readProblems, 'route_disabled']),
      },
    },
    async ({ params: { eId }, query: { limit, cursor }, tenantId }) => {
      const scope = ['history', eId];
      const after = decodeCursor(scope, cursor, sequencePosition);
      const { configuration } = await found(tenantId, eId);
      const afterSequence = after === null ? 0 : Number(after.id);
      const rows = await listHistory(deps.db, { tenantId: configuration.tenantId, eId, afterSequence, limit: limit + 1 });
      return pageFrom(rows, {
        limit,
        scope,
        positionOf: ({ at, sequence }) => ({ at, id: String(sequence) }),
        present: ({ sequence: _sequence, ...item }) => item,
      });
    },
  );

  app.get(
    '/configuration/:eId/explain',
    {
      config: { access: 'anyTenant' },
      schema: {
        tags,
        summary: 'Why it can or cannot send, and what would mend it',
        params: eIdParams,
        querystring: explainQuery,
        response: replies({ 200: explanation }, [...readProblems, 'route_disabled']),
      },
    },
    async ({ params: { eId }, query: { recipient = null }, tenantId }) => {
      const facts = await found(tenantId, eId);
      const outcome = await deps.explain(facts.configuration.tenantId, eId, recipient);
      if (outcome === null) throw notFound();
      const { gates, firstBlocker, configuration } = outcome;
      return {
        canSend: firstBlocker === null,
        gates,
        firstBlocker: firstBlocker?.gate ?? null,
        // The gates' own view of the row, so that the fix speaks of the same moment.
        fix: firstBlocker === null ? null : explainFix({ ...facts, configuration }, firstBlocker, recipient),
      };
    },
  );
};
