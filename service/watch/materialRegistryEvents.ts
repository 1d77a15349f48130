/** Log lines of `email.material_registry.refresh.*` */
import { logEvent } from './logEvent.ts';

const fields = {
  outcome: 'refreshed, partial or failed',
  versions: 'key versions in the document',
  reason: 'why not all of it; null when all',
};

export const materialRegistryEvents = {
  refreshed: logEvent(
    'email.material_registry.refresh.done',
    'info',
    'The registry was read and every version opened',
    fields,
    () => 'the material registry was refreshed',
  ),
  failed: logEvent(
    'email.material_registry.refresh.failed',
    'error',
    'The registry could not be read, or not every version could be opened; the last good ones stay in use',
    fields,
    ({ reason, outcome }) => `the material registry could not be refreshed: ${reason ?? outcome}`,
  ),
};
