/** What the drift assertions are given. */
import type { WorkContext } from '../workContext.ts';

export type DriftContext = Pick<
  WorkContext,
  'db' | 'now' | 'newId' | 'ports' | 'settings' | 'keyring' | 'credentials' | 'stopping' | 'observe'
>;
