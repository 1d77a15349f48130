/** A configuration as data, for tests of what is decided over one. Every field has a value; a test names those that matter to it. */
import type { Configuration } from '../../service/core/configuration/records.ts';

export const epoch = new Date('2026-03-01T12:00:00.000Z');

export const later = (seconds: number, from: Date = epoch): Date => new Date(from.getTime() + seconds * 1000);

export const configurationOf = (given: Partial<Configuration> = {}): Configuration => ({
  tenantId: 'acme',
  eId: '0199aaaa-0000-7000-8000-0000deadbeef',
  sendingDomainSlug: 'acme',
  fromLocalPart: 'noreply',
  fromName: null,
  replyToEmail: null,
  operational: 'PENDING',
  step: null,
  administrative: 'LOCKED',
  operationalSince: epoch,
  administrativeSince: epoch,
  generation: 7,
  adoptRequested: false,
  serverId: null,
  serverName: null,
  serverToken: null,
  routingToken: 'sealed-routing-token',
  routingTokenHash: 'hash-of-routing-token',
  keyVersionId: null,
  domainId: null,
  webhookId: null,
  retiredServerIds: [],
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
  failureCount: 0,
  lastFailureCode: null,
  lastFailureDetail: null,
  createdAt: epoch,
  updatedAt: epoch,
  ...given,
});
