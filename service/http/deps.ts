/**
 * Everything the routes need, as functions: `main.ts` passes in the real verbs, a test may pass in a fault. The room itself reads through `db` and
 * changes nothing but tenant keys.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { AssertionName } from '../core/drift/findings.ts';
import type { ProblemCode } from '../core/errors.ts';
import type { EmailJob } from '../core/job/records.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import type { TenantKey } from '../store/tenantKeys.ts';
import type { AcceptPlanOutcome, IdentifiedPlan } from '../work/drift/plans.ts';
import type {
  AcceptOutcome,
  AcceptRequest,
  AddSuppressionOutcome,
  ApplyOutcome,
  Callback,
  Caller,
  ConfigurationRequest,
  CreateOutcome,
  ExplainOutcome,
  IntakeOutcome,
  JobActionOutcome,
  ReleaseSuppressionOutcome,
  ResendOutcome,
} from '../work/outcomes.ts';
import type { ResendRequest } from '../work/resendJob.ts';
import type { SignalRequest } from '../work/signal.ts';
import type { TriageRequest } from '../work/triageJob.ts';
import type { WorkContext } from '../work/workContext.ts';
import type { MaterialStatus, ReEncryptionStatus, WebhookCredentialStatus } from './materialStatus.ts';

export type Tracer = WorkContext['trace'];
export type Span = ReturnType<Tracer['begin']>;

export type DriftEnabled = Readonly<Record<AssertionName, boolean>>;

/** `degraded`: it works, and not as it should; a restart might not bring it back. */
export type Check = 'ok' | 'degraded' | 'failing';
export type Readiness = { ready: boolean; failing: string[]; checks: Record<string, Check> };

/** By the route's pattern: a path holds ids and, for callbacks, a secret. */
export type ServedRequest = { method: string; route: string; status: number; durationMs: number; requestId: string };
/** A request that failed through a fault of ours; `error` is what it was, which the caller is not told. */
export type FaultyRequest = { method: string; route: string; code: ProblemCode; requestId: string; error: unknown };

export type HttpSettings = {
  /** For requests with tenant keys; null: no limit. */
  tenantRate: { perSecond: number; burst: number } | null;
  mailZoneName: string;
  version: string;
  routes: { configuration: boolean; job: boolean; postmarkEvents: boolean };
  drift: DriftEnabled;
  /** False when /metrics has a port of its own. */
  metricsRoute: boolean;
};

export type HttpDeps = {
  db: CommonQueryMethods;
  /** The process has been asked to stop, and serves what its open connections still bring. */
  isDraining: () => boolean;
  logger: FastifyBaseLogger;
  settings: HttpSettings;
  /** Domain time. */
  now: () => Date;
  /** Process time in milliseconds, from any beginning. */
  monotonicMs: () => number;
  /** The operator keys in force, current first; asked for every call, since a file may change them. */
  operatorKeys: () => readonly string[];
  /** Somebody called with an operator key that is not the current one. */
  previousKeyUsed: (key: string) => void;
  /** By SHA-256 of the key, hex; null for one that is unknown or revoked. */
  findTenantKey: (keyHash: string) => Promise<TenantKey | null>;
  metricsText: () => Promise<{ contentType: string; body: string }>;
  observeRequest: (served: ServedRequest) => void;
  observeFault: (faulty: FaultyRequest) => void;
  /** Null: nothing is traced. */
  tracer: Tracer | null;

  createConfiguration: (request: ConfigurationRequest, caller: Caller) => Promise<CreateOutcome>;
  signal: (request: SignalRequest, caller: Caller) => Promise<ApplyOutcome>;
  explain: (tenantId: string, eId: string, recipient: string | null) => Promise<ExplainOutcome | null>;

  /** One outcome per request, in order. */
  accept: (requests: readonly AcceptRequest[], caller: Caller) => Promise<AcceptOutcome[]>;
  /** Answers once the job is sent or ended, and at the latest after `timeoutMs` of process time with whatever is true. */
  waitForJob: (tenantId: string, eId: string, timeoutMs: number) => Promise<EmailJob>;
  cancelJob: (request: { tenantId: string; eId: string }, caller: Caller) => Promise<JobActionOutcome>;
  resendJob: (request: ResendRequest, caller: Caller) => Promise<ResendOutcome>;
  triageJob: (request: TriageRequest, caller: Caller) => Promise<JobActionOutcome>;
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
  /** Every process reads the registry and its secrets again, now; answers as `material` does. */
  refreshMaterial: (caller: Caller) => Promise<MaterialStatus>;
  startReEncryption: (caller: Caller) => Promise<ReEncryptionStatus>;
  reEncryption: () => Promise<ReEncryptionStatus>;
  rotateWebhooks: (caller: Caller) => Promise<WebhookCredentialStatus>;
  webhookCredential: () => Promise<WebhookCredentialStatus>;
  /** Answers the run's id; the run is carried out by a worker. */
  requestDriftRun: (assertions: readonly AssertionName[], caller: Caller) => Promise<string>;
  driftPlan: () => Promise<IdentifiedPlan>;
  acceptDriftPlan: (planId: string, caller: Caller) => Promise<AcceptPlanOutcome>;
  readiness: () => Promise<Readiness>;
};
