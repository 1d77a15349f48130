/**
 * Everything the routes need, as functions: `main.ts` passes in the real verbs, a test may pass in a fault. The room itself reads through `db` and
 * changes nothing but tenant keys.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Signal } from '../core/configuration/events.ts';
import type { ProblemCode, ProblemExtra } from '../core/errors.ts';
import type { EmailJob, JobPayload, JobStatus } from '../core/job/records.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import type { SuppressionEntry } from '../store/suppressions.ts';
import type { AcceptOutcome, ApplyOutcome, Caller, CreateOutcome, ExplainOutcome } from '../work/outcomes.ts';

export type NewConfiguration = {
  tenantId: string;
  slug: string;
  fromLocalPart: string;
  fromName: string | null;
  replyToEmail: string | null;
  provision: boolean;
};

export type SignalRequest = { tenantId: string; eId: string; signal: Signal; reason: string | null; adopt: boolean };

export type AcceptRequest = {
  tenantId: string;
  configurationEId: string;
  idempotencyKey: string;
  /** SHA-256, hex: what makes two requests with one key the same. */
  requestHash: string;
  payload: JobPayload;
  /** Canonical (core/job/recipient.ts). */
  recipient: string;
};

export type JobActionOutcome =
  | { kind: 'done'; job: EmailJob }
  | { kind: 'notFound' }
  /** The job is in no state for this; `status` says in which it is. */
  | { kind: 'notAccepted'; status: JobStatus };

export type ResendOutcome = JobActionOutcome | { kind: 'refused'; code: ProblemCode; detail: string; extra: ProblemExtra };

export type TriageResolution = 'delivered' | 'bounced' | 'complained';

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

export type MaterialStatus = {
  current: string | null;
  /** When the registry that is in use was read; null when none ever was. */
  loadedAt: Date | null;
  versions: { keyVersionId: string; kmsKeyArn: string | null; createdAt: Date | null; loaded: boolean; rows: number }[];
};

export type Readiness = { ready: boolean; failing: string[]; checks: Record<string, 'ok' | 'failing'> };

export type ServedRequest = { method: string; route: string; status: number; durationMs: number };

export type HttpSettings = {
  mailZoneName: string;
  version: string;
  routes: { configuration: boolean; job: boolean; jobPostmarkEvents: boolean };
  /** False when /metrics has a port of its own. */
  metricsRoute: boolean;
};

export type HttpDeps = {
  db: CommonQueryMethods;
  logger: FastifyBaseLogger;
  settings: HttpSettings;
  /** Domain time. */
  now: () => Date;
  /** The operator keys in force, current first; asked for every call, since a file may change them. */
  operatorKeys: () => readonly string[];
  metricsText: () => Promise<{ contentType: string; body: string }>;
  observeRequest: (served: ServedRequest) => void;

  createConfiguration: (request: NewConfiguration, caller: Caller) => Promise<CreateOutcome>;
  signal: (request: SignalRequest, caller: Caller) => Promise<ApplyOutcome>;
  explain: (tenantId: string, eId: string, recipient: string | null) => Promise<ExplainOutcome | null>;

  /** One outcome per request, in order. */
  accept: (requests: readonly AcceptRequest[], caller: Caller) => Promise<AcceptOutcome[]>;
  /** Answers once the job is sent or ended, and at the latest after `timeoutMs` of process time with whatever is true. */
  waitForJob: (tenantId: string, eId: string, timeoutMs: number) => Promise<EmailJob>;
  cancelJob: (request: { tenantId: string; eId: string }, caller: Caller) => Promise<JobActionOutcome>;
  resendJob: (request: { tenantId: string; eId: string; reason: string }, caller: Caller) => Promise<ResendOutcome>;
  triageJob: (
    request: { tenantId: string; eId: string; resolution: TriageResolution; reason: string },
    caller: Caller,
  ) => Promise<JobActionOutcome>;
  intake: (callback: Callback) => Promise<IntakeOutcome>;

  addSuppression: (
    request: { tenantId: string; recipient: string; note: string | null; origin: 'operator' | 'tenant' },
    caller: Caller,
  ) => Promise<AddSuppressionOutcome>;
  releaseSuppression: (
    request: { tenantId: string; recipient: string; reason: string; force: boolean },
    caller: Caller,
  ) => Promise<ReleaseSuppressionOutcome>;

  material: () => Promise<MaterialStatus>;
  readiness: () => Promise<Readiness>;
};
