/** A keyring without material, for tests of what is sealed, for whom and under which version. */
import type { Keyring } from '../../service/core/material/keyring.ts';
import { MaterialFault } from '../../service/core/material/materialFault.ts';
import { epoch } from './configurationBuilder.ts';

export const keyVersionId = '0199aaaa-0000-7000-8000-000000000001';

/** Seals readably, so that a test can see what is sealed for whom and that it is never kept plain. */
export const keyring = (loaded: ReadonlySet<string>): Keyring => ({
  seal: (eId, purpose, plaintext) => `sealed|${eId}|${purpose}|${Buffer.from(plaintext).toString('hex')}`,
  open: (eId, purpose, envelope) => {
    const [, ofEId, ofPurpose, hex = ''] = envelope.split('|');
    if (!loaded.has(keyVersionId)) throw new MaterialFault('unknown_key_version', `key version ${keyVersionId} is not loaded`);
    // In the written form of the real one: whatever key it names, it is none of these.
    if (envelope.startsWith('a1.k')) throw new MaterialFault('unknown_key_version', 'its key version is not loaded');
    if (ofEId !== eId || ofPurpose !== purpose) throw new Error('sealed for something else');
    return Buffer.from(hex, 'hex').toString();
  },
  refresh: async () => ({ kind: 'refreshed', versions: [], removed: [], reason: null, kms: { state: 'answers' } }),
  status: () => ({
    currentKeyVersionId: loaded.has(keyVersionId) ? keyVersionId : null,
    loadedKeyVersionIds: [...loaded],
    documentedCurrent: keyVersionId,
    documented: [],
    refreshedAt: epoch,
    lastOutcome: 'refreshed',
    lastReason: null,
    kms: { state: 'answers' },
  }),
  has: (id) => loaded.has(id),
  close: () => {},
});
