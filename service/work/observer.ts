/** What this room tells of itself. main.ts connects it with metrics and logs; nothing here waits for it, and nothing it is told is a secret. */
import type { AssertionResult } from '../core/drift/results.ts';

export interface Observer {
  transition(what: { from: string | null; to: string; event: string; eId: string; requestId: string | null }): void;
  stepFailed(step: string, code: string): void;
  /** A verification window ended; domain time from its beginning. */
  verificationEnded(outcome: 'verified' | 'timed_out', afterSeconds: number): void;
  accepted(count: number): void;
  replayed(count: number): void;
  rejected(reason: string): void;
  attempts(outcome: string, count: number): void;
  sendDuration(seconds: number): void;
  /** From a send to its appearance in the provider's search. */
  searchLag(seconds: number): void;
  deadLettered(count: number): void;
  webhookReceived(recordType: string): void;
  webhookRejected(reason: 'auth_mismatch' | 'unknown_route' | 'malformed'): void;
  webhookDuplicate(): void;
  projected(status: string): void;
  inconsistent(): void;
  unmatched(): void;
  /** What a sweep of the provider's suppression lists found apart, and put right. */
  suppressionsSwept(change: 'opened' | 'released' | 'carried', count: number): void;
  /** A drift assertion opened a finding, or opened it again. */
  driftOpened(tag: string): void;
  driftCorrected(kind: string, outcome: string): void;
  driftAsserted(result: AssertionResult, seconds: number): void;
  /** Configurations of a rotation that were dealt with. */
  rotated(kind: string, done: number, troubled: number): void;
  /** A rotation came to its end; `left` configurations need an operator. */
  rotationEnded(kind: string, left: number): void;
  /** Another token of a server, made by a person at the provider, is used from now on. */
  serverTokenReplaced(eId: string, why: 'another' | 'withdrawn'): void;
  /** Something failed that nobody is waiting for: the work is kept and tried again. */
  trouble(where: string, error: unknown): void;
}
