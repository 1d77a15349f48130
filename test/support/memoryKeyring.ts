/** A keyring with real ciphers and keys of its own making, whose versions a test adds, closes and retires. */
import { randomBytes } from 'node:crypto';
import { parseEnvelope } from '../../service/core/material/envelope.ts';
import type { Keyring } from '../../service/core/material/keyring.ts';
import { MaterialFault } from '../../service/core/material/materialFault.ts';
import { openUnder, sealUnder } from '../../service/ports/sealing.ts';
import { epoch } from './configurationBuilder.ts';
import { keyVersionId } from './fakeKeyring.ts';

const partition = 'Test001-dev';

export const versions = [keyVersionId, '0199aaaa-0000-7000-8000-000000000002', '0199aaaa-0000-7000-8000-000000000003'] as const;

export class MemoryKeyring {
  readonly #keys = new Map<string, Buffer>();
  readonly #documented = new Set<string>();
  readonly #loaded = new Set<string>();
  #current: string | null = null;
  /** Asked before each seal. */
  beforeSeal: () => void = () => {};

  constructor(first: string = keyVersionId) {
    this.add(first);
  }

  /** From now on it seals. */
  add(id: string): void {
    this.#keys.set(id, this.#keys.get(id) ?? randomBytes(32));
    this.#documented.add(id);
    this.#loaded.add(id);
    this.#current = id;
  }

  /** In the document, and KMS does not open it. */
  shut(id: string): void {
    this.#loaded.delete(id);
  }

  reopen(id: string): void {
    this.#loaded.add(id);
  }

  retire(id: string): void {
    this.#loaded.delete(id);
    this.#documented.delete(id);
  }

  /** Of another process: the same keys, at the moment as this one has them. */
  sibling(): MemoryKeyring {
    const other = new MemoryKeyring();
    other.#keys.clear();
    for (const [id, key] of this.#keys) other.#keys.set(id, key);
    other.#documented.clear();
    other.#loaded.clear();
    for (const id of this.#documented) other.#documented.add(id);
    for (const id of this.#loaded) other.#loaded.add(id);
    other.#current = this.#current;
    return other;
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id);
    if (key === undefined || !this.#loaded.has(id)) throw new MaterialFault('unknown_key_version', `key version ${id} is not loaded`);
    return key;
  }

  readonly keyring: Keyring = {
    seal: (eId, purpose, plaintext) => {
      this.beforeSeal();
      const id = this.#current ?? '';
      return sealUnder(id, this.#key(id), { partition, eId, purpose }, plaintext);
    },
    open: (eId, purpose, sealed) => {
      const parsed = parseEnvelope(sealed);
      return openUnder(this.#key(parsed.keyVersionId), { partition, eId, purpose }, parsed);
    },
    refresh: async () => ({ kind: 'refreshed', versions: [], removed: [], reason: null, kms: { state: 'answers' } }),
    status: () => ({
      currentKeyVersionId: this.#current,
      documentedCurrent: this.#current,
      loadedKeyVersionIds: [...this.#loaded],
      documented: [...this.#documented].map((id) => ({ keyVersionId: id, kmsKeyArn: 'arn:key', createdAt: epoch, trouble: null })),
      refreshedAt: epoch,
      lastOutcome: 'refreshed',
      lastReason: null,
      kms: { state: 'answers' },
    }),
    has: (id) => this.#loaded.has(id),
    close: () => {},
  };
}
