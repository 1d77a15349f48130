/** What is derived from the stored state, never stored itself. */
import type { AdministrativeState, OperationalState } from './records.ts';

type State = { operational: OperationalState; administrative: AdministrativeState };

export const isOperationallySendable = (operational: OperationalState): boolean => operational === 'OK' || operational === 'DEGRADED';

export const canSend = (state: State): boolean => isOperationallySendable(state.operational) && state.administrative === 'UNLOCKED';

/** The administrative state when the configuration could send, else what is wrong or under way. */
export const statusOf = (state: State): OperationalState | AdministrativeState =>
  isOperationallySendable(state.operational) ? state.administrative : state.operational;
