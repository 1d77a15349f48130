/** A plan as it is shown: what each correction would do, in words. */
import type { Correction, CorrectionKind, PlannedFinding } from '../../core/drift/plan.ts';
import type { IdentifiedPlan } from '../../work/drift/plans.ts';
import type { PlanRecord } from '../schemas/driftPlan.ts';

const textOf: { readonly [kind in CorrectionKind]: (correction: Correction) => string } = {
  rewriteRecords: () => 'Write the DKIM and Return-Path records again as the configuration has them.',
  remakeServer: () => 'Make another Postmark server under the name, install the webhook, and put both in place of the one that is gone.',
  adoptServer: ({ postmarkServerId }) => `Send re-provision with adopt: the configuration takes over server ${postmarkServerId}.`,
  retireServer: ({ postmarkServerId }) =>
    `Rename server ${postmarkServerId} to retired-…, so that its name is free. It is not deleted, and goes on working.`,
  resealSecrets: () => 'Read the server token and the routing token from Postmark, and seal them under the current key version.',
  mergeSuppressions: () => 'Make our entries and the list of the server say the same, as the sweep of every tick does.',
  reinstallWebhook: ({ findings }) =>
    `Install the webhook as it should be${leadsElsewhere(findings) ? ', and delete those of the server that lead elsewhere' : ''}.`,
  renameServer: ({ postmarkServerId }) => `Give server ${postmarkServerId} the name of its configuration again.`,
};

const leadsElsewhere = (findings: readonly PlannedFinding[]): boolean => JSON.stringify(findings).includes('lead elsewhere');

const named = ({ id: findingId, tag, subject, class: kind }: PlannedFinding) => ({ findingId, tag, subject, class: kind });

export const presentPlan = ({ planId, tenantsMax, tenants, corrections, manual, left }: IdentifiedPlan): PlanRecord => ({
  planId,
  tenantsMax,
  tenants,
  corrections: corrections.map((correction) => ({
    kind: correction.kind,
    tenantId: correction.tenantId,
    eId: correction.eId,
    postmarkServerId: correction.postmarkServerId,
    text: textOf[correction.kind](correction),
    findings: correction.findings.map(named),
  })),
  manual: manual.map(({ finding, why }) => ({ ...named(finding), why })),
  left: { findings: left.length },
});
