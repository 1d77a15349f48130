/** What the tasks ask of Postmark and the zone for one configuration, and what they answer. */
import type { ConfigurationEvent } from '../../../service/core/configuration/events.ts';
import { recordTtlSeconds, returnPathDomainOf, sendingDomainOf, serverNameOf } from '../../../service/core/configuration/names.ts';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import type { ZoneChange } from '../../../service/ports/ports.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { keyVersionId } from '../../support/fakeKeyring.ts';

const headers = { authorization: 'Bearer key', signature: 'v1=00' };

export async function provisionedOverTheWire(
  { ports, keyring, settings }: WorkContext,
  c: Configuration,
): Promise<{ events: ConfigurationEvent[]; changes: ZoneChange[] }> {
  const sendingDomain = sendingDomainOf(c.sendingDomainSlug, settings.mailZoneName);
  const { serverId, name, tokens } = await ports.servers.createServer(serverNameOf(sendingDomain));
  const { domainId, dkim, returnPath } = await ports.domains.createDomain(sendingDomain, returnPathDomainOf(sendingDomain));
  const [token = ''] = tokens;
  const { webhookId } = await ports.webhooks.createWebhook(token, `https://mail.example.net/${c.eId}`, headers);
  const serverToken = keyring.seal(c.eId, 'server-token', token);
  const [dkimRecord, returnPathRecord] = [
    { name: dkim.host, type: 'TXT', ttl: recordTtlSeconds, values: [dkim.value] } as const,
    { name: returnPath.host, type: 'CNAME', ttl: recordTtlSeconds, values: [returnPath.value] } as const,
  ];
  return {
    events: [
      { type: 'ServerCreated', serverId, serverName: name, serverToken, keyVersionId, adopted: false },
      {
        type: 'DomainCreated',
        domainId,
        dkimName: dkim.host,
        dkimValue: dkim.value,
        returnPathName: returnPath.host,
        returnPathValue: returnPath.value,
        adopted: false,
      },
      { type: 'WebhookInstalled', webhookId, takenOver: false },
      { type: 'RecordsWritten', changeId: 'told by the test' },
      { type: 'Verified' },
    ],
    changes: [
      { action: 'UPSERT', record: dkimRecord },
      { action: 'UPSERT', record: returnPathRecord },
    ],
  };
}
