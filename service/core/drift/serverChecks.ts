/** The checks between our rows and the servers of the Postmark account. */
import type { Finding } from './findings.ts';
import type { Observed } from './observed.ts';

/** What a row says of its server. */
export type ExpectedServer = { tenantId: string; eId: string; serverId: number; serverName: string; keyVersionId: string | null };

export type ObservedServer = { serverId: number; name: string };

export const checkRowsServer = (expected: ExpectedServer, observed: Observed<ObservedServer>): Finding | null => {
  if (observed.kind !== 'absent') return null;
  const { tenantId, eId, serverId, serverName, keyVersionId } = expected;
  return {
    tag: 'email.drift.postmark_orphan_db_row',
    subject: eId,
    class: 'deleted',
    tenantId,
    quietUntil: null,
    context: { eId, postmarkServerId: serverId, keyVersionId, recordName: null },
    evidence: { serverId, serverName, observed: null },
  };
};

/** `present`: a row of ours names it, be it as its server or as one that it has retired. */
export const checkServersRow = ({ serverId, name }: ObservedServer, row: Observed<unknown>): Finding | null => {
  if (row.kind !== 'absent') return null;
  return {
    tag: 'email.drift.postmark_orphan_server',
    subject: String(serverId),
    class: 'orphan',
    tenantId: null,
    quietUntil: null,
    context: { eId: null, postmarkServerId: serverId, keyVersionId: null, recordName: null },
    evidence: { serverId, serverName: name },
  };
};

/**
 * Whether a server bears the name that this partition's own would: only then can it be one that we have lost. Any other was made by hand for a test, or
 * belongs to the account's other partition. Names are Postmark's, which takes them without regard to case.
 */
export const isOfThisPartition = (name: string, prefix: string): boolean => name.toLowerCase().startsWith(prefix);
