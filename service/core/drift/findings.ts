/**
 * What drift assertions can find: their tags (the runbook's own names), the classes of a discrepancy, and the one command that mends each.
 * A finding is one discrepancy of one subject; tag and subject together are its identity for ever.
 */

/** The three of the runbook, and two beyond it. */
export const assertionNames = ['postmarkInventory', 'registry', 'dns', 'suppressions', 'webhooks'] as const;
export type AssertionName = (typeof assertionNames)[number];

export const driftTags = [
  'email.drift.postmark_orphan_db_row',
  'email.drift.postmark_orphan_server',
  'email.drift.registry_missing_key',
  'email.drift.dns_dkim_mismatch',
  'email.drift.dns_return_path_mismatch',
  'email.drift.suppression_only_here',
  'email.drift.suppression_only_at_postmark',
  'email.drift.webhook_mismatch',
  'email.drift.server_settings_mismatch',
] as const;
export type DriftTag = (typeof driftTags)[number];

export const tagsOf: Readonly<Record<AssertionName, readonly DriftTag[]>> = {
  postmarkInventory: ['email.drift.postmark_orphan_db_row', 'email.drift.postmark_orphan_server'],
  registry: ['email.drift.registry_missing_key'],
  dns: ['email.drift.dns_dkim_mismatch', 'email.drift.dns_return_path_mismatch'],
  suppressions: ['email.drift.suppression_only_here', 'email.drift.suppression_only_at_postmark'],
  webhooks: ['email.drift.webhook_mismatch', 'email.drift.server_settings_mismatch'],
};

export const driftClasses = [
  /** There, with another value than ours. */
  'edited',
  /** Ours, and not there any more. */
  'deleted',
  /** There under our own prefix, and no row of ours names it. */
  'orphan',
  /** Sealed under a key version that the material registry does not hold. */
  'missingKey',
  /** Two lists that should say the same do not. */
  'diverged',
  /** Younger than the old TTL since our own write: open, and not yet reported. */
  'propagating',
] as const;
export type DriftClass = (typeof driftClasses)[number];

/** What Sentry is told of the subject: ids and record names, never a recipient, a token or a value. */
export type FindingContext = {
  eId: string | null;
  postmarkServerId: number | null;
  keyVersionId: string | null;
  recordName: string | null;
};

/** What was expected and what was seen, for operators. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export type Finding = {
  tag: DriftTag;
  subject: string;
  class: DriftClass;
  /** Null where no row of ours is concerned. */
  tenantId: string | null;
  /** Not reported before; null: report at once. */
  quietUntil: Date | null;
  context: FindingContext;
  evidence: Evidence;
};

/** What identifies a discrepancy, and what was seen of it. */
export type SeenFinding = Pick<Finding, 'tag' | 'subject' | 'class' | 'evidence'>;

/** What an incident's tag `email.drift` holds. */
export const lastPartOf = (tag: DriftTag): string => tag.slice('email.drift.'.length);
