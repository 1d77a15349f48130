/** What a walk over the fleet needs to be told of one kind of secret. The walking itself is `rotations.ts`. */
import type { ProcessStatus } from '../../store/processStatus.ts';
import type { RotationKind, RotationRun } from '../../store/rotations.ts';
import type { WorkContext } from '../workContext.ts';

export type Owner = { tenantId: string; eId: string };

/** `lasting`: trying again does not mend it; an operator must. */
export type Carried = { kind: 'done' } | { kind: 'trouble'; lasting: boolean; code: string; detail: string };

export type StaleCount = { stale: number; lasting: number; passing: number };

/** Names the processes that something waits for, as few as fit a line. */
export const namesOf = (processes: readonly ProcessStatus[]): string => {
  const shown = processes.slice(0, 3).map(({ holder }) => holder);
  return processes.length > shown.length ? `${shown.join(', ')} and ${processes.length - shown.length} more` : shown.join(', ');
};

export type Rotation<O extends Owner = Owner> = {
  kind: RotationKind;
  /** Configurations of one turn. */
  batchMax: number;
  atOnce: number;
  /** What this process would give everybody now; null while it cannot say. */
  target(ctx: WorkContext): string | null;
  /** The same for another process, as it has reported itself. */
  targetOf(process: ProcessStatus): string | null;
  /** What must come first: a sentence for an operator, or null when the walk may go on. */
  waitingFor(ctx: WorkContext, target: string): Promise<string | null>;
  /** Those that do not have it yet, in the order of their ids, beyond `after`. */
  stale(ctx: WorkContext, target: string, after: string, limit: number): Promise<readonly O[]>;
  countStale(ctx: WorkContext, target: string): Promise<StaleCount>;
  carryOut(ctx: WorkContext, run: RotationRun, owner: O): Promise<Carried>;
};
