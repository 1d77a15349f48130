/** Drift: what the assertions found, and running them now. Nothing here mends anything. */
import { type AssertionName, assertionNames } from '../../core/drift/findings.ts';
import { isRunning, listFindings, readLastRun } from '../../store/driftReads.ts';
import type { DriftEnabled, HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { decodeCursor, pageFrom, uuidPosition } from '../present/cursor.ts';
import { presentFinding } from '../present/finding.ts';
import { drift, driftRunAsked, findingPage, listFindingsQuery, runDriftBody } from '../schemas/drift.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['drift'];

/** What is on, or else all that the runbook has. */
const usual = (enabled: DriftEnabled): AssertionName[] => {
  const on = assertionNames.filter((name) => enabled[name]);
  return on.length > 0 ? on : ['postmarkInventory', 'registry', 'dns'];
};

export const driftRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.get(
    '/drift',
    {
      config: { access: 'operator' },
      schema: { tags, summary: 'What is asserted, and what the last run saw', response: replies({ 200: drift }, readProblems) },
    },
    async () => ({
      running: await isRunning(deps.db),
      enabled: { ...deps.settings.drift },
      lastRun: await readLastRun(deps.db),
    }),
  );

  app.post(
    '/drift/run',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'Run assertions now, also those that are off',
        body: runDriftBody,
        response: replies({ 202: driftRunAsked }, writeProblems),
      },
    },
    async (request, reply) => {
      const { assertions = usual(deps.settings.drift) } = request.body;
      const inOrder = assertionNames.filter((name) => assertions.includes(name));
      return reply.code(202).send({ runId: await deps.requestDriftRun(inOrder, callerOf(request)) });
    },
  );

  app.get(
    '/drift/finding',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'What was found, newest opening first',
        querystring: listFindingsQuery,
        response: replies({ 200: findingPage }, readProblems),
      },
    },
    async (request) => {
      const { limit, cursor, open = null, tag = null } = request.query;
      const scope = ['drift-finding', open, tag];
      const after = decodeCursor(scope, cursor, uuidPosition);
      const rows = await listFindings(deps.db, { open, tag, after, limit: limit + 1 });
      return pageFrom(rows, { limit, scope, positionOf: ({ openedAt, id }) => ({ at: openedAt, id }), present: presentFinding });
    },
  );
};
