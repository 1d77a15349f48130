/** The contract for machines and for people, open to anybody: it says what the service does and nothing of what it holds. */
import { z } from 'zod';
import { pagePolicy } from '../present/html.ts';
import { problemIndexPage, problemPage } from '../present/problemPage.ts';
import { type OpenapiDocument, referencePage } from '../present/referencePage.ts';
import { problemCodes, replies } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['reference'];
const htmlReply = { description: 'a page', content: { 'text/html': { schema: z.string() } } };
const htmlHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': pagePolicy,
  'x-content-type-options': 'nosniff',
};

export const referenceRoutes = (app: ZodApp): void => {
  app.get(
    '/openapi.json',
    {
      schema: {
        tags,
        summary: 'This contract as OpenAPI 3.1',
        response: replies({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    // Written as it is: the document has no schema of ours to be read back with.
    async (_request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .serializer(JSON.stringify)
        .send({ ...app.swagger() }),
  );

  app.get('/docs', { schema: { tags, summary: 'This contract to read', response: replies({ 200: htmlReply }) } }, async (_request, reply) =>
    reply.headers(htmlHeaders).send(referencePage(app.swagger() as OpenapiDocument)),
  );

  app.get(
    '/problems',
    { schema: { tags, summary: 'Every problem there is', response: replies({ 200: htmlReply }) } },
    async (_request, reply) => reply.headers(htmlHeaders).send(problemIndexPage()),
  );

  app.get(
    '/problems/:code',
    {
      schema: {
        tags,
        summary: 'What a problem means, and what to do',
        params: z.strictObject({ code: z.enum(problemCodes) }),
        response: replies({ 200: htmlReply }, ['not_found']),
      },
    },
    async ({ params: { code } }, reply) => reply.headers(htmlHeaders).send(problemPage(code)),
  );
};
