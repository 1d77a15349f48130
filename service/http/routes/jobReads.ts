/** Reading jobs: one, many, and what happened to one. */
import { Problem } from '../../core/errors.ts';
import { listJobs, readJob } from '../../store/jobReads.ts';
import { readTimeline, timelinePosition } from '../../store/jobTimelineReads.ts';
import type { HttpDeps } from '../deps.ts';
import { tenantOf } from '../plugins/access.ts';
import { decodeCursor, pageFrom, uuidPosition } from '../present/cursor.ts';
import { presentJob } from '../present/job.ts';
import { eIdParams } from '../schemas/identifiers.ts';
import { job, jobPage, listJobsQuery, timelinePage, timelineQuery } from '../schemas/job.ts';
import { readProblems, replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['job'];
const problems = [...readProblems, 'missing_tenant', 'route_disabled'] as const;
const notFound = () => new Problem('not_found', 'no such job, or not yours');

export const jobReadRoutes = (app: ZodApp, { db }: HttpDeps): void => {
  app.get(
    '/job',
    {
      config: { access: 'tenant' },
      schema: { tags, summary: 'List jobs, newest first', querystring: listJobsQuery, response: replies({ 200: jobPage }, problems) },
    },
    async (request) => {
      const tenantId = tenantOf(request);
      const { limit, cursor, configurationEId = null, status = null, recipient = null } = request.query;
      const scope = ['job', tenantId, configurationEId, status, recipient];
      const after = decodeCursor(scope, cursor, uuidPosition);
      const rows = await listJobs(db, { tenantId, configurationEId, status, recipient, after, limit: limit + 1 });
      return pageFrom(rows, { limit, scope, positionOf: ({ acceptedAt, eId }) => ({ at: acceptedAt, id: eId }), present: presentJob });
    },
  );

  app.get(
    '/job/:eId',
    {
      config: { access: 'tenant' },
      schema: { tags, summary: 'Read a job', params: eIdParams, response: replies({ 200: job }, problems) },
    },
    async (request) => {
      const found = await readJob(db, { tenantId: tenantOf(request), eId: request.params.eId });
      if (found === null) throw notFound();
      return presentJob(found);
    },
  );

  app.get(
    '/job/:eId/timeline',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'What happened to a job, oldest first',
        params: eIdParams,
        querystring: timelineQuery,
        response: replies({ 200: timelinePage }, problems),
      },
    },
    async (request) => {
      const tenantId = tenantOf(request);
      const { eId } = request.params;
      const { limit, cursor } = request.query;
      const scope = ['timeline', tenantId, eId];
      const after = decodeCursor(scope, cursor, timelinePosition);
      const rows = await readTimeline(db, { tenantId, eId, after, limit: limit + 1 });
      // Every job has its acceptance: a first page without anything has no job.
      if (rows.length === 0 && after === null) throw notFound();
      return pageFrom(rows, {
        limit,
        scope,
        positionOf: ({ at, position }) => ({ at, id: position }),
        present: ({ at, kind, detail }) => ({ at, kind, detail }),
      });
    },
  );
};
