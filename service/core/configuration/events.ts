/** What can happen to a configuration. Signals are commands with an author; the rest is past tense. */

export const signals = ['provision', 're-provision', 're-verify', 'recover', 'lock', 'force-lock', 'unlock', 'remove'] as const;
export type Signal = (typeof signals)[number];

export type SignalEvent = { type: 'Signal'; signal: Signal; reason: string | null; adopt: boolean };

export type ConfigurationEvent =
  | SignalEvent
  | { type: 'ServerCreated'; serverId: number; serverName: string; serverToken: string; keyVersionId: string; adopted: boolean }
  | {
      type: 'DomainCreated';
      domainId: number;
      dkimName: string;
      dkimValue: string;
      returnPathName: string;
      returnPathValue: string;
      adopted: boolean;
    }
  | { type: 'WebhookInstalled'; webhookId: number; takenOver: boolean }
  | { type: 'RecordsWritten'; changeId: string }
  | { type: 'StepFailed'; step: string; code: string; detail: string }
  | { type: 'Unwound'; retiredServerId: number | null }
  /** `looks`: how many looks it stands for, of which this is the last; one when it does not say. */
  | { type: 'VerificationChecked'; dkim: boolean; returnPath: boolean; evidence: string; looks?: number }
  | { type: 'Verified' }
  | { type: 'VerificationTimedOut'; dkim: boolean; returnPath: boolean; evidence: string }
  | { type: 'SendFailed'; code: string; detail: string }
  | { type: 'FailureThresholdCrossed'; code: string; detail: string }
  | { type: 'SendSucceeded' }
  /** `lockingSince`, ISO 8601: of which lock; any, when it does not say. */
  | { type: 'Drained'; lockingSince?: string }
  | MaterialEvent
  | MendingEvent;

/** What changes the secrets of a configuration and nothing else. Each says what it replaces, and counts only while that still stands. */
export type MaterialEvent =
  /** The same secrets under another key version; `serverToken` null when there is none. */
  | {
      type: 'SecretsResealed';
      keyVersionId: string;
      serverToken: string | null;
      routingToken: string;
      serverTokenBefore: string | null;
      routingTokenBefore: string;
    }
  /** Another token of the same server. */
  | { type: 'ServerTokenReplaced'; keyVersionId: string; serverToken: string; serverTokenBefore: string }
  /** The webhook was not there any more, and was made again. */
  | { type: 'WebhookReplaced'; webhookId: number; webhookIdBefore: number };

/** What an operator had mended because of drift. It moves nothing: what is mended is outside, and the configuration goes on as it was. */
export type MendingEvent =
  /** Its records are written again. */
  | { type: 'RecordsDrifted'; planId: string }
  | { type: 'RecordsRewritten'; changeId: string }
  /** Its server was gone, and another was made under the name, with a webhook. Counts only while the one that is gone still stands. */
  | {
      type: 'ServerRemade';
      planId: string;
      serverId: number;
      serverName: string;
      serverToken: string;
      keyVersionId: string;
      webhookId: number;
      serverIdBefore: number;
    };

/** Fields of events that hold sealed secrets: history leaves them out. */
export const secretFields: ReadonlySet<string> = new Set(['serverToken', 'routingToken', 'serverTokenBefore', 'routingTokenBefore']);

const materialEvents: ReadonlySet<string> = new Set<MaterialEvent['type']>(['SecretsResealed', 'ServerTokenReplaced', 'WebhookReplaced']);
export const isMaterialEvent = (event: ConfigurationEvent): event is MaterialEvent => materialEvents.has(event.type);

const mendingEvents: ReadonlySet<string> = new Set<MendingEvent['type']>(['RecordsDrifted', 'RecordsRewritten', 'ServerRemade']);
export const isMendingEvent = (event: ConfigurationEvent): event is MendingEvent => mendingEvents.has(event.type);

export type EventName = ConfigurationEvent['type'];

/** The name under which history keeps an event: a signal's own name, else the event's. */
export const historyName = (event: ConfigurationEvent): string => (event.type === 'Signal' ? event.signal : event.type);
