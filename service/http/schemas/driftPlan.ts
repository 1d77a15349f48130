/** Plans of corrections, as operators read and apply them. */
import { z } from 'zod';
import { driftClasses, driftTags } from '../../core/drift/findings.ts';
import { correctionKinds } from '../../core/drift/plan.ts';

const named = {
  findingId: z.string(),
  tag: z.enum(driftTags),
  subject: z.string(),
  class: z.enum(driftClasses),
};

const correction = z.strictObject({
  kind: z.enum(correctionKinds),
  tenantId: z.string().nullable(),
  eId: z.string().nullable(),
  postmarkServerId: z.number().int().nullable(),
  text: z.string().describe('what would be done'),
  findings: z.array(z.strictObject(named)).describe('what it mends'),
});

export const plan = z
  .strictObject({
    planId: z.string().describe('another as soon as a finding or a configuration has moved'),
    tenantsMax: z.number().int().describe('drift.plan.tenantsMax: tenants that one plan may touch'),
    tenants: z.number().int().describe('tenants that this plan touches; a server that no row names counts as one'),
    corrections: z.array(correction),
    manual: z.array(z.strictObject({ ...named, why: z.string() })).describe('what no correction mends'),
    left: z
      .strictObject({ findings: z.number().int() })
      .describe('open findings for the plans after this one: beyond the ceiling, or behind another correction of their configuration'),
  })
  .meta({ id: 'DriftPlan' });
export type PlanRecord = z.infer<typeof plan>;

/** A path that can name no plan is not found. */
export const planParams = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/, 'is not the id of a plan') });
