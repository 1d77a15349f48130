/** What the verbs of this room answer to their callers: named outcomes, never booleans. */
import type { Signal } from '../core/configuration/events.ts';
import type { Configuration } from '../core/configuration/records.ts';
import type { ProblemCode, ProblemExtra } from '../core/errors.ts';
import type { GateResult } from '../core/job/gates.ts';
import type { EmailJob } from '../core/job/records.ts';

/** Who asks, as history keeps it. */
export type Caller = { author: string; requestId: string };

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
