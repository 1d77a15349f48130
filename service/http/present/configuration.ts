/** The record of a configuration, as the contract has it: the stored facts and everything that is derived from them. */
import { allowedSignals } from '../../core/configuration/decide.ts';
import { recordTtlSeconds, returnPathTarget, sendingDomainOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { canSend, statusOf } from '../../core/configuration/sendable.ts';
import { waitingOn } from '../../core/configuration/waitingOn.ts';
import type { ConfigurationFacts } from '../../store/configurationReads.ts';
import type { ConfigurationRecord } from '../schemas/configuration.ts';

const dnsOf = (c: Configuration): ConfigurationRecord['dns'] => {
  const written = { ttl: recordTtlSeconds, writtenAt: c.recordsWrittenAt };
  return [
    ...(c.dkimName === null || c.dkimValue === null
      ? []
      : [{ purpose: 'dkim' as const, type: 'TXT' as const, name: c.dkimName, value: c.dkimValue, ...written }]),
    ...(c.returnPathName === null
      ? []
      : [
          {
            purpose: 'returnPath' as const,
            type: 'CNAME' as const,
            name: c.returnPathName,
            value: c.returnPathValue ?? returnPathTarget,
            ...written,
          },
        ]),
  ];
};

export const presentConfiguration = (
  { configuration: c, live, inFlight, queued, otherCanSend }: ConfigurationFacts,
  mailZoneName: string,
): ConfigurationRecord => {
  const sendingDomain = sendingDomainOf(c.sendingDomainSlug, mailZoneName);
  return {
    eId: c.eId,
    tenantId: c.tenantId,
    sendingDomainSlug: c.sendingDomainSlug,
    sendingDomain,
    from: { email: `${c.fromLocalPart}@${sendingDomain}`, name: c.fromName, replyTo: c.replyToEmail },
    status: statusOf(c),
    operationalStatus: c.operational,
    administrativeStatus: c.administrative,
    step: c.step,
    canSend: canSend(c),
    waitingOn: waitingOn(c, live),
    allowedSignals: allowedSignals(c, otherCanSend),
    postmark: { serverId: c.serverId, serverName: c.serverName, domainId: c.domainId, webhookId: c.webhookId },
    dns: dnsOf(c),
    keyVersionId: c.keyVersionId,
    verificationStartedAt: c.verificationStartedAt,
    verifiedAt: c.verifiedAt,
    failureCount: c.failureCount,
    inFlight,
    queued,
    createdAt: c.createdAt,
    updatedAt: c.updatedAt,
    generation: c.generation,
  };
};
