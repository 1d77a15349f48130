/**
 * The corrections that would mend what is open, as data. Pure: the same findings give the same plan.
 *
 * A plan touches no more than `tenantsMax` tenants, those whose findings are oldest; what is left waits for the next plan. A server that no row names counts as
 * a tenant: it may be one that we have lost.
 */
import type { DriftClass, DriftTag, Evidence } from './findings.ts';

export const correctionKinds = [
  /** DKIM and Return-Path as the row has them. */
  'rewriteRecords',
  /** Another server under the name, with a webhook. */
  'remakeServer',
  /** `re-provision` with `adopt`, for the configuration that this server was in the way of. */
  'adoptServer',
  /** Renamed, so that its name is free; nothing is deleted. */
  'retireServer',
  /** The secrets as Postmark has them, sealed under the current key version. */
  'resealSecrets',
  /** What the sweep of suppressions does. */
  'mergeSuppressions',
  'reinstallWebhook',
  'renameServer',
] as const;
export type CorrectionKind = (typeof correctionKinds)[number];

/** An open finding that is not quiet, with what a correction depends on. */
export type PlannedFinding = {
  id: string;
  tag: DriftTag;
  subject: string;
  class: DriftClass;
  tenantId: string | null;
  eId: string | null;
  postmarkServerId: number | null;
  evidence: Evidence;
  openedAt: Date;
  /** Changes with the row. */
  mark: string | null;
  /** For an orphan server: the configuration that failed because of it. */
  adopter: { tenantId: string; eId: string } | null;
};

export type Correction = {
  kind: CorrectionKind;
  tenantId: string | null;
  eId: string | null;
  postmarkServerId: number | null;
  findings: PlannedFinding[];
};

export type Manual = { finding: PlannedFinding; why: string };

export type Plan = {
  tenantsMax: number;
  tenants: number;
  corrections: Correction[];
  /** What no correction mends. */
  manual: Manual[];
  /** Beyond the ceiling, or behind another correction of the same configuration. */
  left: PlannedFinding[];
};

/** In the order in which one makes another possible; of a configuration only the first is in a plan, and the next plan sees what is left. */
const kindOf: { readonly [tag in DriftTag]: CorrectionKind } = {
  'email.drift.registry_missing_key': 'resealSecrets',
  'email.drift.postmark_orphan_db_row': 'remakeServer',
  'email.drift.server_settings_mismatch': 'renameServer',
  'email.drift.webhook_mismatch': 'reinstallWebhook',
  'email.drift.suppression_only_here': 'mergeSuppressions',
  'email.drift.suppression_only_at_postmark': 'mergeSuppressions',
  'email.drift.dns_dkim_mismatch': 'rewriteRecords',
  'email.drift.dns_return_path_mismatch': 'rewriteRecords',
  'email.drift.postmark_orphan_server': 'retireServer',
};
/** These need no secret of the row, and no server. */
const independent: ReadonlySet<CorrectionKind> = new Set(['rewriteRecords', 'renameServer']);

export const planOf = (findings: readonly PlannedFinding[], tenantsMax: number): Plan => {
  const plan: Plan = { tenantsMax, tenants: 0, corrections: [], manual: [], left: [] };
  const touched = new Set<string>();
  const inOrder = findings.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime() || (a.id < b.id ? -1 : 1));
  for (const [owner, own] of Map.groupBy(inOrder, ownerOf)) {
    const { corrections, manual, behind } = correctionsOf(own);
    plan.manual.push(...manual);
    if (corrections.length === 0) continue;
    if (!touched.has(owner) && touched.size >= tenantsMax) {
      plan.left.push(...corrections.flatMap((correction) => correction.findings), ...behind);
      continue;
    }
    touched.add(owner);
    plan.corrections.push(...corrections);
    plan.left.push(...behind);
  }
  return { ...plan, tenants: touched.size };
};

const ownerOf = ({ tenantId, adopter, postmarkServerId }: PlannedFinding): string => {
  const tenant = tenantId ?? adopter?.tenantId ?? null;
  return tenant === null ? `server ${postmarkServerId}` : `tenant ${tenant}`;
};

type Sorted = { corrections: Correction[]; manual: Manual[]; behind: PlannedFinding[] };

/** Of one tenant, configuration by configuration. */
const correctionsOf = (findings: readonly PlannedFinding[]): Sorted => {
  const sorted: Sorted = { corrections: [], manual: [], behind: [] };
  for (const own of Map.groupBy(findings, ({ eId, subject }) => eId ?? subject).values()) {
    const hindrance = new Map(own.map((finding) => [finding, whyManual(finding, own)]));
    sorted.manual.push(...own.flatMap((finding) => manualOf(finding, hindrance.get(finding) ?? null)));
    const possible = Map.groupBy(
      own.filter((finding) => hindrance.get(finding) === null),
      correctionKind,
    );
    const first = Object.values(kindOf).find((kind) => possible.has(kind) && !independent.has(kind));
    for (const [kind, of] of possible) {
      if (independent.has(kind) || first === kind || kind === 'adoptServer') sorted.corrections.push(correctionOf(kind, of));
      else sorted.behind.push(...of);
    }
  }
  return sorted;
};

const manualOf = (finding: PlannedFinding, why: string | null): Manual[] => (why === null ? [] : [{ finding, why }]);

const correctionKind = ({ tag, adopter }: PlannedFinding): CorrectionKind => (adopter === null ? kindOf[tag] : 'adoptServer');

const correctionOf = (kind: CorrectionKind, findings: PlannedFinding[]): Correction => {
  const [first] = findings;
  return {
    kind,
    tenantId: first?.tenantId ?? first?.adopter?.tenantId ?? null,
    eId: first?.eId ?? first?.adopter?.eId ?? null,
    postmarkServerId: first?.postmarkServerId ?? null,
    findings,
  };
};

/** Null: a correction mends it. */
const whyManual = (finding: PlannedFinding, own: readonly PlannedFinding[]): string | null => {
  const { tag, evidence, postmarkServerId } = finding;
  const has = (other: DriftTag): boolean => own.some((each) => each.tag === other);
  if (tag === 'email.drift.server_settings_mismatch' && listed(evidence['differs']).includes('deliveryType'))
    return 'Postmark lets nobody change the type of a server: remove the configuration and create it again.';
  if (tag === 'email.drift.registry_missing_key' && postmarkServerId === null)
    return 'There is no server to read its secrets from: put the key version back into the registry.';
  if (tag === 'email.drift.registry_missing_key' && has('email.drift.postmark_orphan_db_row'))
    return 'Its server is gone as well, and its secrets with it: put the key version back into the registry.';
  if (tag === 'email.drift.postmark_orphan_db_row' && has('email.drift.registry_missing_key'))
    return 'Its secrets cannot be opened: put the key version back into the registry first.';
  return null;
};

const listed = (value: Evidence[string] | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
