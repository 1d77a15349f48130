/** What every part of this room is given: the database, the two clocks, the ports, and how to wake a neighbour. */
import type { Keyring } from '../core/material/keyring.ts';
import type { SecretPair } from '../core/material/secretPair.ts';
import type {
  DomainDirectory,
  IncidentReporter,
  MailTransport,
  RecordProbe,
  ServerDirectory,
  ServerInventory,
  Tracer,
  WebhookDirectory,
  ZoneWriter,
} from '../ports/ports.ts';
import type { DatabasePool } from '../store/pool.ts';
import type { Leftovers } from './leftovers.ts';
import type { Observer } from './observer.ts';

export type WorkSettings = {
  partition: string;
  zoneId: string;
  mailZoneName: string;
  webhookPublicUrl: string;
  pollingIntervalSeconds: number;
  pollingTimeoutHours: number;
  stepPatienceMinutes: number;
  unwindAlertMinutes: number;
  failureThreshold: number;
  retryLadderSeconds: readonly number[];
  ambiguityGraceSeconds: number;
  batchMax: number;
  /** What one call may hold. */
  batchBytesMax: number;
  sendConcurrency: number;
  effectConcurrency: number;
  coalesceMs: number;
  insyncPollMs: number;
  leaseSeconds: number;
  checkIntervalMinutes: number;
};

export type Credentials = { apiKeys: () => SecretPair; signingKeys: () => SecretPair };

export type Ports = {
  servers: ServerDirectory;
  inventory: ServerInventory;
  domains: DomainDirectory;
  webhooks: WebhookDirectory;
  /** The same, under the account's budget: for walks over the whole fleet. */
  fleetWebhooks: WebhookDirectory;
  mail: MailTransport;
  zone: ZoneWriter;
  probe: RecordProbe;
  incidents: IncidentReporter;
};

/** A hint to look sooner, never the truth: every loop also looks by itself. */
export type HintKind = 'effects' | 'looks' | 'jobs' | 'held' | 'events' | 'zone' | 'rotations';

export type WorkContext = {
  db: DatabasePool;
  /** This process, as claims name it. */
  holder: string;
  /** Domain time. */
  now: () => Date;
  /** UUIDv7 of domain time. */
  newId: () => string;
  /** In [0, 1). */
  random: () => number;
  settings: WorkSettings;
  keyring: Keyring;
  /** What our webhooks present, as it is now, and what they may still present. */
  credentials: Credentials;
  /** A sealed text names a key that is not loaded here: the registry is worth another look before its time. */
  keyMissed: () => void;
  ports: Ports;
  hint: (kind: HintKind) => void;
  /** Aborts the calls that this process has under way for a configuration. */
  abortSends: (configurationEId: string) => void;
  leftovers: Leftovers;
  /** Aborted when this process begins to stop. */
  stopping: AbortSignal;
  observe: Observer;
  trace: Tracer;
};

/** A third of the lease between two heartbeats: two may be lost before anybody takes us for dead. */
export const heartbeatsPerLease = 3;
