import { z } from 'zod';
import { suppressionOrigins, suppressionReasons } from '../../store/suppressions.ts';
import { canonicalAddress } from './address.ts';
import { pageOf, pageQuery } from './page.ts';
import { line } from './text.ts';

export const suppression = z
  .strictObject({
    recipient: z.string().describe('in its canonical form'),
    reason: z.enum(suppressionReasons),
    origin: z.enum(suppressionOrigins),
    active: z.boolean(),
    since: z.date(),
    releasedAt: z.date().nullable(),
    sourceJobEId: z.string().nullable(),
  })
  .meta({ id: 'Suppression' });
export type SuppressionRecord = z.infer<typeof suppression>;

export const suppressionPage = pageOf(suppression).meta({ id: 'SuppressionPage' });

export const listSuppressionsQuery = z.strictObject({
  ...pageQuery,
  recipient: canonicalAddress.optional(),
  active: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
});

export const addSuppressionBody = z.strictObject({ recipient: canonicalAddress, note: line(1, 500).optional() });

export const releaseSuppressionBody = z.strictObject({
  recipient: canonicalAddress,
  reason: line(1, 500),
  force: z.boolean().default(false).describe('needed to release a spam complaint'),
});
