/** One configuration, as lines of name and value. */
import type { Configuration } from '../wire.ts';
import { moment } from './moment.ts';
import { waitsFor } from './waitsFor.ts';

export type Fact = readonly [name: string, value: string];

const fromOf = ({ from: { email, name, replyTo } }: Configuration): string =>
  `${name === null ? email : `${name} <${email}>`}${replyTo === null ? '' : `, replies to ${replyTo}`}`;

const waitOf = ({ waitingOn }: Configuration): string => {
  if (waitingOn === null) return 'nothing';
  const detail = waitingOn.detail === null ? '' : `: ${waitingOn.detail}`;
  return `${waitsFor(waitingOn)}, since ${moment(waitingOn.since)}${detail}`;
};

const idOf = (id: number | null): string => (id === null ? '–' : String(id));

export const configurationFacts = (c: Configuration): Fact[] => [
  ['eId', c.eId],
  ['tenant', c.tenantId],
  ['state', `${c.operationalStatus}, ${c.administrativeStatus}${c.step === null ? '' : ` (${c.step})`}`],
  ['sends', c.canSend ? 'yes' : 'no'],
  ['waits for', waitOf(c)],
  ['accepts', c.allowedSignals.length === 0 ? 'no signal' : c.allowedSignals.join(', ')],
  ['from', fromOf(c)],
  ['server', c.postmark.serverId === null ? '–' : `${c.postmark.serverId} ${c.postmark.serverName ?? ''}`.trimEnd()],
  ['domain', `${idOf(c.postmark.domainId)}, webhook ${idOf(c.postmark.webhookId)}`],
  ['key version', c.keyVersionId ?? '–'],
  ['verified', moment(c.verifiedAt)],
  ...c.dns.map((record): Fact => [`${record.purpose}`, `${record.type} ${record.name} ${record.ttl} ${record.value}`]),
  ['mail', `${c.queued} queued, ${c.inFlight} in flight, ${c.failureCount} failures in a row`],
  ['created', `${moment(c.createdAt)}, updated ${moment(c.updatedAt)}, generation ${c.generation}`],
];
