/** Creating and reading configurations. */
import { Problem } from '../../core/errors.ts';
import { readConfigurationAsOf } from '../../store/configurationHistoryReads.ts';
import { listConfigurations, readConfiguration } from '../../store/configurationReads.ts';
import { basePath } from '../basePath.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf, tenantOf } from '../plugins/access.ts';
import { presentConfiguration } from '../present/configuration.ts';
import { decodeCursor, pageFrom, uuidPosition } from '../present/cursor.ts';
import { asOfQuery, configuration, configurationPage, createConfigurationBody, listConfigurationsQuery } from '../schemas/configuration.ts';
import { eIdParams } from '../schemas/identifiers.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['configuration'];
const notFound = () => new Problem('not_found', 'no such configuration, or not yours');

export const configurationRoutes = (app: ZodApp, deps: HttpDeps): void => {
  const { db, settings } = deps;

  app.post(
    '/configuration',
    {
      config: { access: 'tenant' },
      schema: {
        tags,
        summary: 'Ask for the right to send from a domain of one’s own',
        body: createConfigurationBody,
        response: replies({ 201: configuration }, [...writeProblems, 'missing_tenant', 'route_disabled', 'slug_in_use']),
      },
    },
    async (request, reply) => {
      const { sendingDomainSlug, signatureRequest, provision } = request.body;
      const { fromLocalPart, fromName = null, replyToEmail = null } = signatureRequest;
      const tenantId = tenantOf(request);
      const asked = { tenantId, slug: sendingDomainSlug, fromLocalPart, fromName, replyToEmail, provision };
      const outcome = await deps.createConfiguration(asked, callerOf(request));
      if (outcome.kind === 'slugInUse') throw new Problem('slug_in_use', `the slug ${sendingDomainSlug} belongs to another configuration`);
      const { eId } = outcome.configuration;
      const facts = await readConfiguration(db, { tenantId, eId });
      if (facts === null) throw notFound();
      return reply
        .code(201)
        .header('location', `${basePath}/configuration/${eId}`)
        .send(presentConfiguration(facts, settings.mailZoneName));
    },
  );

  app.get(
    '/configuration',
    {
      config: { access: 'anyTenant' },
      schema: {
        tags,
        summary: 'List configurations, newest first',
        querystring: listConfigurationsQuery,
        response: replies({ 200: configurationPage }, [...readProblems, 'route_disabled']),
      },
    },
    async ({ query, tenantId }) => {
      const { limit, cursor, slug = null, status = null } = query;
      const scope = ['configuration', tenantId, slug, status];
      const after = decodeCursor(scope, cursor, uuidPosition);
      const rows = await listConfigurations(db, { tenantId, slug, status, after, limit: limit + 1 });
      return pageFrom(rows, {
        limit,
        scope,
        positionOf: ({ configuration: c }) => ({ at: c.createdAt, id: c.eId }),
        present: (facts) => presentConfiguration(facts, settings.mailZoneName),
      });
    },
  );

  app.get(
    '/configuration/:eId',
    {
      config: { access: 'anyTenant' },
      schema: {
        tags,
        summary: 'Read a configuration, now or at a past moment',
        params: eIdParams,
        querystring: asOfQuery,
        response: replies({ 200: configuration }, [...readProblems, 'route_disabled']),
      },
    },
    async ({ params: { eId }, query: { asOf }, tenantId }) => {
      const present = await readConfiguration(db, { tenantId, eId });
      if (present === null) throw notFound();
      if (asOf === undefined) return presentConfiguration(present, settings.mailZoneName);
      const past = await readConfigurationAsOf(db, { tenantId: present.configuration.tenantId, eId, at: asOf });
      if (past === null) throw new Problem('not_found', 'the configuration did not exist at that moment');
      return presentConfiguration(past, settings.mailZoneName);
    },
  );
};
