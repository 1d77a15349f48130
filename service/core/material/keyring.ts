import type { Purpose } from './envelope.ts';
import type { KeyTrouble } from './keyTrouble.ts';

/** Seals and opens the secrets that are kept in rows. Both throw a `MaterialFault`. */
export interface Sealer {
  /** With the current key version. */
  seal(eId: string, purpose: Purpose, plaintext: string): string;
  open(eId: string, purpose: Purpose, envelope: string): string;
}

export type VersionOutcome =
  | { keyVersionId: string; kind: 'loaded' }
  /** In memory from an earlier refresh. */
  | { keyVersionId: string; kind: 'kept' }
  | { keyVersionId: string; kind: 'failed'; code: KeyTrouble; reason: string };

/** Whether KMS opens our keys now. `unknown`: not asked since the start. */
export type KmsState = { state: 'answers' | 'unknown' } | { state: 'failing'; code: KeyTrouble; reason: string };

/** `failed`: the document could not be read, and everything stays as it was. `partial`: some version could not be unwrapped. */
export type RefreshOutcome = {
  kind: 'refreshed' | 'partial' | 'failed';
  versions: VersionOutcome[];
  removed: string[];
  reason: string | null;
  kms: KmsState;
};

/** `trouble`: why it is not in memory as the document has it; null when it is. */
export type DocumentedVersion = { keyVersionId: string; kmsKeyArn: string; createdAt: Date; trouble: string | null };

export type KeyringStatus = {
  /** Seals now; null until the first registry was loaded. */
  currentKeyVersionId: string | null;
  /** What the last document that could be read says should seal. Another one, while that cannot be unwrapped. */
  documentedCurrent: string | null;
  loadedKeyVersionIds: readonly string[];
  /** The versions of the last document that could be read, loaded or not. */
  documented: readonly DocumentedVersion[];
  /** Domain time of the last refresh that was not `failed`; null before the first. */
  refreshedAt: Date | null;
  lastOutcome: RefreshOutcome['kind'] | null;
  lastReason: string | null;
  kms: KmsState;
};

/** The loaded registry. A refresh that fails leaves the last good one in use. */
export interface Keyring extends Sealer {
  refresh(): Promise<RefreshOutcome>;
  status(): KeyringStatus;
  has(keyVersionId: string): boolean;
  /** Wipes every key; nothing opens afterwards. */
  close(): void;
}
