/** X-Tenant-Id: which tenant an operator means; a tenant key can mean no other than its own. */
import type { FastifyInstance } from 'fastify';
import { tenantIdPattern } from '../../core/configuration/names.ts';
import { Problem } from '../../core/errors.ts';
import { keyHolderOf } from './access.ts';

export const tenantHeader = 'x-tenant-id';

export const resolveTenant = (app: FastifyInstance): void => {
  app.addHook('onRequest', async (request) => {
    const holder = keyHolderOf(request);
    const named = request.headers[tenantHeader];
    if (holder.kind === 'tenant') {
      if (named !== undefined && named !== holder.tenantId)
        throw new Problem('forbidden', 'the key belongs to another tenant than X-Tenant-Id names');
      request.tenantId = holder.tenantId;
      return;
    }
    if (named === undefined || named === '') {
      if (request.routeOptions.config.access === 'tenant') throw new Problem('missing_tenant', 'X-Tenant-Id is missing');
      return;
    }
    if (typeof named !== 'string' || !tenantIdPattern.test(named)) {
      const detail = 'must be 1 to 64 of A-Z a-z 0-9 . _ : -';
      throw new Problem('invalid_request', 'the request is not valid: see errors', {
        errors: [{ pointer: '/headers/x-tenant-id', detail }],
      });
    }
    request.tenantId = named;
  });
};
