/** The check between our rows and the material registry. */
import type { Finding } from './findings.ts';
import type { Observed } from './observed.ts';

/** The key versions that a row's secrets are sealed under. */
export type ExpectedKeys = { tenantId: string; eId: string; serverId: number | null; keyVersionIds: readonly string[] };

/** `observed`: the key versions that the registry documents. One that KMS does not unwrap at present is not missing. */
export const checkKeys = (expected: ExpectedKeys, observed: Observed<ReadonlySet<string>>): Finding | null => {
  if (observed.kind === 'unreachable') return null;
  const documented: ReadonlySet<string> = observed.kind === 'present' ? observed.value : new Set();
  const missing = expected.keyVersionIds.filter((id) => !documented.has(id)).toSorted();
  const [first] = missing;
  if (first === undefined) return null;
  const { tenantId, eId, serverId } = expected;
  return {
    tag: 'email.drift.registry_missing_key',
    subject: eId,
    class: 'missingKey',
    tenantId,
    quietUntil: null,
    context: { eId, postmarkServerId: serverId, keyVersionId: first, recordName: null },
    evidence: { missing },
  };
};
