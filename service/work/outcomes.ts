/** What the verbs of this room answer to their callers: named outcomes, never booleans. */
import type { Signal } from '../core/configuration/events.ts';
import type { Configuration } from '../core/configuration/records.ts';
import type { ProblemCode, ProblemExtra } from '../core/errors.ts';
import type { GateResult } from '../core/job/gates.ts';
import type { EmailJob, JobPayload, JobStatus } from '../core/job/records.ts';
import type { SuppressionEntry } from '../store/suppressions.ts';

/** Who asks, as history keeps it; `traceParent` is the trace that the request is part of, if it is recorded. */
export type Caller = { author: string; requestId: string; traceParent?: string | null };

export type CreateOutcome = { kind: 'created'; configuration: Configuration } | { kind: 'slugInUse' };

export type ApplyOutcome =
  | { kind: 'changed'; configuration: Configuration }
  | { kind: 'alreadySo'; configuration: Configuration }
  | { kind: 'refused'; code: 'signal_not_accepted' | 'tenant_already_sendable'; allowedSignals: Signal[]; configuration: Configuration }
  | { kind: 'ignored'; configuration: Configuration }
  | { kind: 'notFound' };

export type AcceptOutcome =
  | { kind: 'accepted'; job: EmailJob }
  /** The same key and the same request as before. */
  | { kind: 'replayed'; job: EmailJob }
  | { kind: 'refused'; code: ProblemCode; detail: string; extra: ProblemExtra };

export type ExplainOutcome = { gates: GateResult[]; firstBlocker: GateResult | null; configuration: Configuration };

/** One message to be taken. */
export type AcceptRequest = {
  tenantId: string;
  configurationEId: string;
  idempotencyKey: string;
  /** SHA-256, hex: what makes two requests with one key the same. */
  requestHash: string;
  payload: JobPayload;
  /** Canonical (core/job/recipient.ts). */
  recipient: string;
  resendOf?: string;
  resendReason?: string;
  /** Why no message can be made of it: it is a replay, or refused. */
  fault?: { code: ProblemCode; detail: string };
};

export type JobActionOutcome =
  | { kind: 'done'; job: EmailJob }
  | { kind: 'notFound' }
  /** The job is in no state for this; `status` says in which it is. */
  | { kind: 'notAccepted'; status: JobStatus; nextAttemptAt: Date | null };

export type ResendOutcome = AcceptOutcome | Exclude<JobActionOutcome, { kind: 'done' }>;

/** A provider callback as it came in. */
export type Callback = {
  routingToken: string;
  authorization: string | undefined;
  signature: string | undefined;
  /** X-PM-Webhook-Trace-Id. */
  traceId: string | undefined;
  /** The first `callbackBytesMax` bytes, as they came. */
  body: Buffer;
  requestId: string;
};

export type IntakeOutcome = {
  kind: 'stored' | 'duplicate' | 'malformed' | 'unauthenticated' | 'unknownRoute' | 'authMismatchRetry' | 'unavailable';
};

export type AddSuppressionOutcome = { kind: 'added' | 'alreadyActive'; entry: SuppressionEntry };
export type ReleaseSuppressionOutcome =
  | { kind: 'released'; entry: SuppressionEntry }
  | { kind: 'notFound' }
  | { kind: 'complaintNeedsForce' };

export type ConfigurationRequest = {
  tenantId: string;
  slug: string;
  fromLocalPart: string;
  fromName: string | null;
  replyToEmail: string | null;
  /** Also sends the signal `provision`. */
  provision: boolean;
};
