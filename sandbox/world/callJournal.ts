/**
 * The last calls one by one, for whoever wonders what a client just did. It is about the process and its time, so it is neither part of the state nor
 * saved, and nothing a caller sent is in it but the method and the path: no query, no header, no body, hence no token.
 */
import type { CallOutcome, Instant, ServiceName } from './world.ts';

/** What a person scrolls through; a call takes about 200 bytes. */
const entriesMax = 1000;
/** A path comes from the caller. */
const subjectMax = 200;

export type JournalEntry = {
  /** Counts up from 1 with every call. */
  seq: number;
  /** Domain time at which the call came. */
  at: Instant;
  service: ServiceName;
  operation: string;
  /** `POST /email`; an origin for a webhook; null when the operation says it all. */
  subject: string | null;
  /** HTTP, SMTP; null while it is under way, when nothing was answered, and for services that do not tell. */
  status: number | null;
  /** The vendor's own name or number of what went wrong. */
  code: string | null;
  /** The kind of fault that the call met. */
  fault: string | null;
  /** Process time, to a tenth of a millisecond; null while it is under way, and for services that do not tell. */
  durationMs: number | null;
};

export class CallJournal {
  readonly #entries: JournalEntry[] = [];
  readonly #now: () => Instant;
  #seq = 0;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  get seq(): number {
    return this.#seq;
  }

  begin(service: ServiceName, operation: string, subject: string | null): (outcome: CallOutcome) => void {
    this.#seq += 1;
    const startMs = performance.now();
    const shown = subject === null || subject.length <= subjectMax ? subject : `${subject.slice(0, subjectMax)}…`;
    const entry: JournalEntry = {
      ...{ seq: this.#seq, at: this.#now(), service, operation, subject: shown },
      ...{ status: null, code: null, fault: null, durationMs: null },
    };
    this.#entries[this.#seq % entriesMax] = entry;
    return ({ status, code, fault }) => {
      Object.assign(entry, { status, code: code ?? null, fault: fault ?? null });
      entry.durationMs = Math.round((performance.now() - startMs) * 10) / 10;
    };
  }

  /** Newest first. */
  newest(most: number, service: ServiceName | null): JournalEntry[] {
    const found: JournalEntry[] = [];
    for (let seq = this.#seq; seq > Math.max(0, this.#seq - entriesMax) && found.length < most; seq -= 1) {
      const entry = this.#entries[seq % entriesMax];
      if (entry !== undefined && (service === null || entry.service === service)) found.push({ ...entry });
    }
    return found;
  }

  /** Numbers go on, so that whoever looked before sees that there is something else now. */
  reset(): void {
    this.#entries.length = 0;
  }
}
