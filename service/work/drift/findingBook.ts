/**
 * What one assertion finds in one run, written down in batches as it goes: a partition where everything is wrong costs no more memory than one where
 * nothing is.
 *
 * Guarantee: a candidate counts only if its row is still what it was when it was read, so that our own changes under way are never drift.
 * A crash leaves what was written open and unreported; the run is done again, and finds the same.
 */
import type { DriftTag, Finding } from '../../core/drift/findings.ts';
import { keepFindings, passOver } from '../../store/driftFindings.ts';
import { type MarkedRow, unchangedRows } from '../../store/driftRows.ts';
import type { DriftContext } from './driftContext.ts';

/** `row` null: judged without one. */
type Candidate = { finding: Finding; row: MarkedRow | null };

const batchMax = 500;

export class FindingBook {
  findings = 0;
  opened = 0;
  skipped = 0;
  /** Pages that were asked for. */
  listCalls = 0;
  /** Servers that are not of this partition; null where none are listed. */
  foreign: number | null = null;
  readonly #ctx: DriftContext;
  readonly #runId: string;
  readonly #tags: readonly DriftTag[];
  #candidates: Candidate[] = [];

  constructor(ctx: DriftContext, runId: string, tags: readonly DriftTag[]) {
    this.#ctx = ctx;
    this.#runId = runId;
    this.#tags = tags;
  }

  async found(finding: Finding, row: MarkedRow | null): Promise<void> {
    this.#candidates.push({ finding, row });
    if (this.#candidates.length >= batchMax) await this.flush();
  }

  /** Could not be judged: neither opened nor resolved. */
  async skip(subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    this.skipped += subjects.length;
    await passOver(this.#ctx.db, this.#runId, this.#tags, subjects);
  }

  /** Subjects that were never come to. */
  leftOut(count: number): void {
    this.skipped += count;
  }

  async flush(): Promise<void> {
    const candidates = this.#candidates;
    this.#candidates = [];
    if (candidates.length === 0) return;
    const rows = candidates.flatMap(({ row }) => row ?? []);
    const unchanged = rows.length === 0 ? new Set<string>() : await unchangedRows(this.#ctx.db, rows);
    const holds = ({ row }: Candidate): boolean => row === null || unchanged.has(row.eId);
    await this.skip([...new Set(candidates.filter((candidate) => !holds(candidate)).map(({ finding }) => finding.subject))]);
    await this.#keep(candidates.filter(holds).map(({ finding }) => finding));
  }

  async #keep(findings: readonly Finding[]): Promise<void> {
    if (findings.length === 0) return;
    const { db, now, newId, observe } = this.#ctx;
    const opened = await keepFindings(db, { runId: this.#runId, at: now(), newId }, findings);
    this.findings += findings.length;
    this.opened += opened.length;
    for (const tag of opened) observe.driftOpened(tag);
  }
}
