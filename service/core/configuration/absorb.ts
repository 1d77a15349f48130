/** The facts an event brings, folded into the record. States are the machine's business (decide.ts), never touched here. */
import type { ConfigurationEvent } from './events.ts';
import type { Configuration } from './records.ts';

/** What a configuration holds before its first provisioning, and again after an unwind. */
export const nothingProvisioned = {
  serverId: null,
  serverName: null,
  serverToken: null,
  keyVersionId: null,
  domainId: null,
  webhookId: null,
  dkimName: null,
  dkimValue: null,
  returnPathName: null,
  returnPathValue: null,
  recordsWrittenAt: null,
  verificationStartedAt: null,
  verificationPolls: 0,
  dkimVerified: false,
  returnPathVerified: false,
  verifiedAt: null,
} satisfies Partial<Configuration>;

const freshWindow = (now: Date) =>
  ({
    verificationStartedAt: now,
    verificationPolls: 0,
    dkimVerified: false,
    returnPathVerified: false,
    verifiedAt: null,
  }) satisfies Partial<Configuration>;

const facts = (c: Configuration, event: ConfigurationEvent, now: Date): Partial<Configuration> => {
  switch (event.type) {
    case 'Signal':
      if (event.signal === 're-verify') return freshWindow(now);
      if (event.signal === 're-provision') return { adoptRequested: event.adopt };
      return event.signal === 'recover' ? { failureCount: 0 } : {};
    case 'ServerCreated':
      return { serverId: event.serverId, serverName: event.serverName, serverToken: event.serverToken, keyVersionId: event.keyVersionId };
    case 'DomainCreated': {
      const { domainId, dkimName, dkimValue, returnPathName, returnPathValue } = event;
      return { domainId, dkimName, dkimValue, returnPathName, returnPathValue };
    }
    case 'WebhookInstalled':
      return { webhookId: event.webhookId, adoptRequested: false };
    case 'RecordsWritten':
      return { recordsWrittenAt: now, lastFailureCode: null, lastFailureDetail: null, ...freshWindow(now) };
    case 'StepFailed':
      return { lastFailureCode: event.code, lastFailureDetail: event.detail, adoptRequested: false };
    case 'Unwound': {
      const retired = event.retiredServerId === null || c.retiredServerIds.includes(event.retiredServerId) ? [] : [event.retiredServerId];
      return { ...nothingProvisioned, retiredServerIds: [...c.retiredServerIds, ...retired] };
    }
    case 'VerificationChecked': {
      const { looks = 1, dkim, returnPath } = event;
      return { verificationPolls: c.verificationPolls + looks, dkimVerified: dkim, returnPathVerified: returnPath };
    }
    case 'VerificationTimedOut':
      return { verificationPolls: c.verificationPolls + 1, dkimVerified: event.dkim, returnPathVerified: event.returnPath };
    case 'Verified':
      return { verificationPolls: c.verificationPolls + 1, dkimVerified: true, returnPathVerified: true, verifiedAt: now };
    case 'SendFailed':
    case 'FailureThresholdCrossed':
      return { failureCount: c.failureCount + 1, lastFailureCode: event.code, lastFailureDetail: event.detail };
    case 'SendSucceeded':
      return { failureCount: 0, lastFailureCode: null, lastFailureDetail: null };
    case 'Drained':
      return {};
    case 'SecretsResealed': {
      const { serverToken, routingToken } = event;
      return { serverToken, routingToken, keyVersionId: serverToken === null ? null : event.keyVersionId };
    }
    case 'ServerTokenReplaced':
      return { serverToken: event.serverToken, keyVersionId: event.keyVersionId };
    case 'WebhookReplaced':
      return { webhookId: event.webhookId };
    case 'RecordsDrifted':
      return {};
    case 'RecordsRewritten':
      return { recordsWrittenAt: now };
    case 'ServerRemade': {
      const { serverId, serverName, serverToken, keyVersionId, webhookId } = event;
      return { serverId, serverName, serverToken, keyVersionId, webhookId };
    }
  }
};

export const absorb = (c: Configuration, event: ConfigurationEvent, now: Date): Configuration => ({
  ...c,
  ...facts(c, event, now),
  updatedAt: now,
});
