/** What a command may end with besides an answer: a sentence for whoever asked, what to do about it, and the exit code for a script. */
import { type ExitCode, exitCode } from './exitCode.ts';

export class Failure extends Error {
  readonly code: ExitCode;
  /** What to do now; null when the message says it. */
  readonly remedy: string | null;
  /** Further lines: fields that are wrong, signals that would be accepted, the request's id. */
  readonly facts: readonly string[];
  /** The problem as it was answered, for `--json`. */
  readonly problem: unknown;

  constructor(code: ExitCode, message: string, more: { remedy?: string; facts?: readonly string[]; problem?: unknown } = {}) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.remedy = more.remedy ?? null;
    this.facts = more.facts ?? [];
    this.problem = more.problem ?? null;
  }
}

/** Not understood: `remedy` is the nearest known word, or where to look. */
export const mistake = (message: string, remedy?: string): Failure =>
  new Failure(exitCode.usage, message, remedy === undefined ? {} : { remedy });
