import { z } from 'zod';
import { tenantIdPattern } from '../../core/configuration/names.ts';
import { uuid } from './identifiers.ts';
import { pageOf, pageQuery } from './page.ts';
import { line } from './text.ts';

export const createTenantKeyBody = z.strictObject({
  tenantId: z.string().max(64).regex(tenantIdPattern, 'must be 1 to 64 of A-Z a-z 0-9 . _ : -'),
  name: line(1, 128)
    .refine((name) => name.trim() !== '', 'must not be blank')
    .describe('stands for the author where its caller names none'),
});

export const newTenantKey = z
  .strictObject({ id: z.string(), name: z.string(), tenantId: z.string(), key: z.string().describe('shown this once') })
  .meta({ id: 'NewTenantKey' });

export const listTenantKeysQuery = z.strictObject(pageQuery);

export const tenantKeyPage = pageOf(
  z.strictObject({
    id: z.string(),
    name: z.string(),
    tenantId: z.string(),
    createdAt: z.date(),
    createdBy: z.string(),
    lastUsedAt: z.date().nullable().describe('to the hour'),
  }),
).meta({ id: 'TenantKeyPage' });

export const tenantKeyParams = z.strictObject({ id: uuid });
