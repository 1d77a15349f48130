/** The checks of the drift assertions: `(expected, observed) → Finding | null`. Pure; what time it is is an argument. */
import { recordTtlSeconds } from '../configuration/names.ts';
import type { DriftTag, Finding, FindingContext } from './findings.ts';
import type { Observed } from './observed.ts';

/** What a row says of one of its DNS records. */
export type ExpectedRecord = {
  tenantId: string;
  eId: string;
  serverId: number | null;
  keyVersionId: string | null;
  name: string;
  value: string;
  /** When we last wrote it. */
  writtenAt: Date;
};

export type ObservedRecord = { ttl: number; values: readonly string[] };

type RecordCheck = (expected: ExpectedRecord, observed: Observed<ObservedRecord>, now: Date) => Finding | null;

export const checkDkim: RecordCheck = (expected, observed, now) =>
  checkRecord('email.drift.dns_dkim_mismatch', expected, observed, now, (value) => value);

/** Names in the value are compared as names: without regard to case and to the dot at their end. */
export const checkReturnPath: RecordCheck = (expected, observed, now) =>
  checkRecord('email.drift.dns_return_path_mismatch', expected, observed, now, (value) => value.toLowerCase().replace(/\.$/, ''));

const checkRecord = (
  tag: DriftTag,
  expected: ExpectedRecord,
  observed: Observed<ObservedRecord>,
  now: Date,
  plain: (value: string) => string,
): Finding | null => {
  if (observed.kind === 'unreachable') return null;
  const seen = observed.kind === 'present' ? observed.value : null;
  // A second value beside ours breaks a DKIM key as surely as another one does.
  if (seen !== null && seen.values.length === 1 && plain(seen.values[0] ?? '') === plain(expected.value)) return null;
  const quietUntil = settlesAt(expected.writtenAt, seen?.ttl ?? null);
  const propagating = quietUntil > now;
  return {
    tag,
    subject: expected.eId,
    class: propagating ? 'propagating' : seen === null ? 'deleted' : 'edited',
    tenantId: expected.tenantId,
    quietUntil: propagating ? quietUntil : null,
    context: contextOf(expected),
    evidence: {
      recordName: expected.name,
      expected: expected.value,
      observed: seen?.values ?? null,
      observedTtlSeconds: seen?.ttl ?? null,
      writtenAt: expected.writtenAt.toISOString(),
    },
  };
};

const contextOf = ({ eId, serverId, keyVersionId, name }: ExpectedRecord): FindingContext => ({
  eId,
  postmarkServerId: serverId,
  keyVersionId,
  recordName: name,
});

/** The runbook waits one TTL, from 300 to 3600 s: a record that somebody gave a day's TTL must not be silent for a day. */
const oldTtlMinSeconds = recordTtlSeconds;
const oldTtlMaxSeconds = 3600;

/** When a mismatch after our own write is none of its waiting any more. The old TTL is the one of what is still seen; of what is absent, our own. */
const settlesAt = (writtenAt: Date, seenTtlSeconds: number | null): Date => {
  const oldTtlSeconds = Math.min(oldTtlMaxSeconds, Math.max(oldTtlMinSeconds, seenTtlSeconds ?? recordTtlSeconds));
  return new Date(writtenAt.getTime() + oldTtlSeconds * 1000);
};
