/**
 * What is known of one EmailConfiguration. The two state columns are the machine's value and the only stored status;
 * everything shown outside (`status`, `canSend`, `waitingOn`, `allowedSignals`) is derived from them by `sendable.ts` and `waitingOn.ts`.
 */

export const operationalStates = [
  'PENDING',
  'PROVISIONING',
  'AWAITING_VERIFICATION',
  'UNVERIFIED',
  'OK',
  'DEGRADED',
  'FAILURE',
  'MISSING',
  'REMOVING',
  'REMOVED',
] as const;
export type OperationalState = (typeof operationalStates)[number];

export const administrativeStates = ['LOCKED', 'UNLOCKED', 'LOCKING'] as const;
export type AdministrativeState = (typeof administrativeStates)[number];

/** The steps inside PROVISIONING, in order; `unwind` and `cleanUp` go backwards. */
export const provisioningSteps = ['createServer', 'createDomain', 'installWebhook', 'writeRecords', 'unwind', 'cleanUp'] as const;
export type ProvisioningStep = (typeof provisioningSteps)[number];

export type Configuration = {
  tenantId: string;
  eId: string;
  sendingDomainSlug: string;
  fromLocalPart: string;
  fromName: string | null;
  replyToEmail: string | null;

  operational: OperationalState;
  step: ProvisioningStep | null;
  administrative: AdministrativeState;
  /** When the operational state (or its step) and the administrative state were entered. */
  operationalSince: Date;
  administrativeSince: Date;
  /** Grows with every operational change; work decided for an older one is superseded. */
  generation: number;
  /** `re-provision` asked to take over what already exists under our names. */
  adoptRequested: boolean;

  serverId: number | null;
  serverName: string | null;
  /** Envelopes (core/material/envelope.ts), never plain text. */
  serverToken: string | null;
  routingToken: string;
  /** SHA-256 of the plain routing token, hex: how a callback finds its configuration. */
  routingTokenHash: string;
  keyVersionId: string | null;
  domainId: number | null;
  webhookId: number | null;
  /** Servers of ours that could not be deleted (604) and were renamed instead; drift does not call them orphans. */
  retiredServerIds: number[];

  dkimName: string | null;
  dkimValue: string | null;
  returnPathName: string | null;
  returnPathValue: string | null;
  recordsWrittenAt: Date | null;

  verificationStartedAt: Date | null;
  /** Looks taken in this window; every fourth asks Postmark although our own probe saw nothing. */
  verificationPolls: number;
  dkimVerified: boolean;
  returnPathVerified: boolean;
  verifiedAt: Date | null;

  /** Configuration-level send failures in a row. */
  failureCount: number;
  /** Why the last provisioning failed: a code such as `postmark_orphan_server`; null after the next success. */
  lastFailureCode: string | null;
  lastFailureDetail: string | null;

  createdAt: Date;
  updatedAt: Date;
};
