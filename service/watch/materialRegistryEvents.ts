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
  kmsFailing: logEvent(
    'email.material_registry.refresh.kms_failing',
    'error',
    'KMS does not open the key that seals now; it stays in use here, and a process that starts now would not have it',
    { code: 'which trouble: one of the reasons of failures.total', reason: 'in KMS’s words' },
    ({ reason }) => `KMS does not open the key that seals now: ${reason}`,
  ),
  rotationDone: logEvent(
    'email.material_registry.refresh.rotation_done',
    'info',
    'A rotation has reached every configuration',
    { rotation: 're-encrypt or webhook-credential', left: '0' },
    ({ rotation }) => `${rotation}: every configuration has the new secret`,
  ),
  rotationStuck: logEvent(
    'email.material_registry.refresh.rotation_stuck',
    'error',
    'A rotation ended and left configurations that trying again does not mend; the progress names them, each with its reason',
    { rotation: 're-encrypt or webhook-credential', left: 'configurations without the new secret' },
    ({ rotation, left }) => `${rotation}: ${left} configuration(s) could not be given the new secret`,
  ),
  serverTokenReplaced: logEvent(
    'email.material_registry.refresh.server_token_replaced',
    'info',
    'A person made another token for a server at Postmark; it is used from now on',
    { eId: 'of the configuration', why: 'another: both are valid; withdrawn: ours was not listed any more' },
    () => 'another token of the server is used from now on',
  ),
};
