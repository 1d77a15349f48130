/** Which corrections a plan holds: one way to mend each configuration at a time, for so many tenants, and nothing that cannot mend. */
import { describe, expect, it } from 'vitest';
import type { DriftTag } from '../../../service/core/drift/findings.ts';
import { type PlannedFinding, planOf } from '../../../service/core/drift/plan.ts';
import { later } from '../../support/configurationBuilder.ts';

let ids = 0;
const finding = (last: string, tenantId: string | null, given: Partial<PlannedFinding> = {}): PlannedFinding => {
  ids += 1;
  const eId = tenantId === null ? null : `configuration of ${tenantId}`;
  return {
    id: `finding-${ids}`,
    tag: `email.drift.${last}` as DriftTag,
    subject: eId ?? String(ids),
    class: 'edited',
    tenantId,
    eId,
    postmarkServerId: ids,
    evidence: {},
    openedAt: later(ids),
    mark: 'mark',
    adopter: null,
    ...given,
  };
};
const kinds = (findings: readonly PlannedFinding[], tenantsMax = 10) => planOf(findings, tenantsMax).corrections.map(({ kind }) => kind);

describe('a plan', () => {
  it.each([
    ['dns_dkim_mismatch', 'rewriteRecords'],
    ['dns_return_path_mismatch', 'rewriteRecords'],
    ['postmark_orphan_db_row', 'remakeServer'],
    ['registry_missing_key', 'resealSecrets'],
    ['suppression_only_here', 'mergeSuppressions'],
    ['suppression_only_at_postmark', 'mergeSuppressions'],
    ['webhook_mismatch', 'reinstallWebhook'],
    ['server_settings_mismatch', 'renameServer'],
  ])('mends %s by %s', (last, kind) => {
    expect(kinds([finding(last, 'acme')])).toEqual([kind]);
  });

  it('retires a server that no row names, or has the configuration adopt it that it was in the way of', () => {
    expect(kinds([finding('postmark_orphan_server', null)])).toEqual(['retireServer']);
    const plan = planOf([finding('postmark_orphan_server', null, { adopter: { tenantId: 'acme', eId: 'e' } })], 10);
    expect(plan.corrections).toMatchObject([{ kind: 'adoptServer', tenantId: 'acme', eId: 'e' }]);
  });

  it('mends both records of a configuration at once', () => {
    const plan = planOf([finding('dns_dkim_mismatch', 'acme'), finding('dns_return_path_mismatch', 'acme')], 10);
    expect(plan.corrections).toMatchObject([{ kind: 'rewriteRecords', findings: [{}, {}] }]);
  });

  it('does first what the others need, and leaves those to the next plan', () => {
    const plan = planOf(
      [finding('webhook_mismatch', 'acme'), finding('registry_missing_key', 'acme'), finding('dns_dkim_mismatch', 'acme')],
      10,
    );
    expect(plan.corrections.map(({ kind }) => kind)).toEqual(['resealSecrets', 'rewriteRecords']);
    expect(plan.left.map(({ tag }) => tag)).toEqual(['email.drift.webhook_mismatch']);
  });

  it('touches no more tenants than it may, the oldest findings first, and counts a server without a row as one', () => {
    const findings = [
      finding('dns_dkim_mismatch', 'a'),
      finding('postmark_orphan_server', null),
      finding('dns_dkim_mismatch', 'b'),
      finding('webhook_mismatch', 'a'),
    ];
    const plan = planOf(findings.toReversed(), 2);
    expect(plan.corrections.map(({ kind, tenantId }) => [kind, tenantId])).toEqual([
      ['rewriteRecords', 'a'],
      ['reinstallWebhook', 'a'],
      ['retireServer', null],
    ]);
    expect(plan).toMatchObject({ tenants: 2, tenantsMax: 2, left: [{ tenantId: 'b' }] });
  });

  it('says by hand what it cannot mend', () => {
    const type = finding('server_settings_mismatch', 'a', { evidence: { differs: ['deliveryType'] } });
    const lost = [finding('registry_missing_key', 'b'), finding('postmark_orphan_db_row', 'b')];
    const serverless = finding('registry_missing_key', 'c', { postmarkServerId: null });
    const plan = planOf([type, ...lost, serverless], 10);
    expect(plan.corrections).toEqual([]);
    expect(plan.tenants).toBe(0);
    expect(plan.manual.map(({ finding: { id } }) => id)).toEqual([type, ...lost, serverless].map(({ id }) => id));
  });

  it('is the same for the same findings in any order', () => {
    const findings = [finding('dns_dkim_mismatch', 'a'), finding('webhook_mismatch', 'b'), finding('postmark_orphan_server', null)];
    expect(planOf(findings.toReversed(), 2)).toEqual(planOf(findings, 2));
  });
});
