/**
 * The published contract, generated from the routes as they are: schemas from zod, headers and keys from each route's access rule, which is what the
 * hooks enforce. Built when it is first asked for; a process that nobody asks holds nothing of it.
 */
import swagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { basePath } from '../basePath.ts';
import { isWrite } from './access.ts';
import { finishDocument } from './openapiDocument.ts';

type HeaderRule = { name: string; required: boolean; pattern?: string; description: string };

const headerRules = (method: string, { access, idempotencyKey, preferWait }: FastifyContextConfig): HeaderRule[] => {
  const tenant = {
    name: 'X-Tenant-Id',
    required: false,
    pattern: '^[A-Za-z0-9._:-]{1,64}$',
    description:
      access === 'tenant'
        ? 'Required with the operator key; a tenant key implies its own, and another is 403.'
        : 'With the operator key, an optional filter; a tenant key implies its own, and another is 403.',
  };
  const author = {
    name: 'X-Author',
    required: false,
    description: 'Who asks, kept in history. Required with the operator key; a tenant key’s name stands in.',
  };
  const key = {
    name: 'Idempotency-Key',
    required: idempotencyKey === 'required',
    pattern: '^[!-~]{1,255}$',
    description:
      idempotencyKey === 'required'
        ? 'New for each message; kept 30 days.'
        : 'New for each thing that is asked for; kept 30 days. With it a repeat is answered with what the first made; without it each call is one of its own.',
  };
  const prefer = {
    name: 'Prefer',
    required: false,
    description: 'wait=N: answer after at most N (30) seconds, once the message was sent or ended.',
  };
  const requestId = {
    name: 'X-Request-Id',
    required: false,
    description: 'Generated when absent or not [A-Za-z0-9._-]{1,64}; always answered.',
  };
  return [
    ...(access === 'tenant' || access === 'anyTenant' ? [tenant] : []),
    ...(access !== undefined && isWrite(method) ? [author] : []),
    ...(idempotencyKey === undefined ? [] : [key]),
    ...(preferWait === true ? [prefer] : []),
    requestId,
  ];
};

const headersSchema = (rules: readonly HeaderRule[]) => ({
  type: 'object',
  properties: Object.fromEntries(rules.map(({ name, required: _required, ...rule }) => [name, { type: 'string', ...rule }])),
  required: rules.filter(({ required }) => required).map(({ name }) => name),
});

/** `post` and `/job/{eId}/cancel` → `postJobCancel`. */
const operationIdOf = (method: string, url: string): string => {
  const words = url
    .replace(basePath, '')
    .split(/[/-]/)
    .filter((part) => part !== '' && !part.startsWith(':'));
  const byId = url.includes(':') && url.split('/').at(-1)?.startsWith(':') ? ['by', (url.split(':').at(-1) ?? '').toLowerCase()] : [];
  return method.toLowerCase() + [...words, ...byId].map((word) => word.charAt(0).toUpperCase() + word.slice(1).replace(/\W/g, '')).join('');
};

const transform: typeof jsonSchemaTransform = (document) => {
  const { schema, url } = jsonSchemaTransform(document);
  const method = [document.route.method].flat()[0] ?? 'GET';
  const config: FastifyContextConfig = document.route.config ?? {};
  const security = config.access === undefined ? {} : { security: [{ bearer: [] }] };
  return {
    url,
    schema: { ...schema, ...security, operationId: operationIdOf(method, url), headers: headersSchema(headerRules(method, config)) },
  };
};

export const publishOpenapi = (app: FastifyInstance, version: string): void => {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Postroute',
        version,
        description:
          'A tenant’s own transactional e-mail on Postmark and Route 53. Errors are problems (RFC 9457) from one closed list: see /problems.',
      },
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'the operator key, or a tenant key (pr_…)' } },
      },
    },
    transform,
    transformObject: finishDocument,
  });
};
