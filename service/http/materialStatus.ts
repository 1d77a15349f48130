/** What operators are told of keys and credentials: ids, fingerprints, counts and times, never a secret. */

export type MaterialStatus = {
  /** Seals here. */
  current: string | null;
  /** What the document says should; another one while that cannot be unwrapped. */
  documentedCurrent: string | null;
  /** When the registry that is in use was read; null when none ever was. */
  loadedAt: Date | null;
  lastOutcome: 'refreshed' | 'partial' | 'failed' | null;
  lastReason: string | null;
  kms: { state: 'answers' | 'failing' | 'unknown'; reason: string | null };
  versions: {
    keyVersionId: string;
    kmsKeyArn: string | null;
    createdAt: Date | null;
    loaded: boolean;
    reason: string | null;
    rows: number;
  }[];
  unreadable: { code: 'unknown_algorithm' | 'malformed_envelope'; rows: number }[];
  processes: {
    process: string;
    current: string | null;
    loaded: string[];
    refreshedAt: Date | null;
    seenAt: Date;
    upToDate: boolean;
  }[];
};

/** `done` and `total` are counted anew each time; a run only says who asked and what it waits for. */
type Progress = {
  running: boolean;
  done: number;
  total: number;
  startedAt: Date | null;
  finishedAt: Date | null;
  requestedBy: string | null;
  waitingFor: string | null;
};

type Stale = { configurationEId: string; tenantId: string; code: string | null; detail: string | null };

export type ReEncryptionStatus = Progress & { currentKeyVersionId: string | null; stale: (Stale & { keyVersionId: string | null })[] };

export type WebhookCredentialStatus = Progress & {
  currentKeyFingerprint: string;
  previousKeyFingerprint: string | null;
  currentSigningKeyFingerprint: string;
  previousSigningKeyFingerprint: string | null;
  accountToken: { currentFingerprint: string; previousFingerprint: string | null; state: 'accepted' | 'refused' | 'unknown' };
  stale: (Stale & { serverId: number | null })[];
  /** Live processes that do not hold all current secrets yet. */
  staleProcesses: string[];
  /** When a previous secret was last presented. */
  previousLastSeen: { callbacks: Date | null; calls: Date | null; signatures: Date | null };
  proof: { complete: boolean; since: Date | null; text: string };
};
