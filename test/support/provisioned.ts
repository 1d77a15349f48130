/** What the tasks answer on the way from PROVISIONING to OK, with the fake outside made as they would have made it. */
import type { ConfigurationEvent } from '../../service/core/configuration/events.ts';
import { returnPathDomainOf, sendingDomainOf, serverNameOf } from '../../service/core/configuration/names.ts';
import type { Configuration } from '../../service/core/configuration/records.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { keyVersionId } from './fakeKeyring.ts';
import type { FakePostmark } from './fakePostmark.ts';
import type { FakeZone } from './fakeZone.ts';

export const provisioned = (ctx: WorkContext, c: Configuration, postmark: FakePostmark, zone: FakeZone): ConfigurationEvent[] => {
  const sendingDomain = sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName);
  const { serverId, name, tokens } = postmark.addServer(serverNameOf(sendingDomain));
  const [token = ''] = tokens;
  const { domainId, dkim, returnPath } = postmark.addDomain(sendingDomain, returnPathDomainOf(sendingDomain));
  postmark.setFlags(domainId, true, true);
  const webhookId = postmark.nextId();
  postmark.webhooks.set(webhookId, {
    webhookId,
    url: 'https://mail.example.net/hook',
    headers: {},
    serverToken: token,
    triggersOff: [],
    verified: true,
  });
  zone.put({ name: dkim.host, type: 'TXT', ttl: 300, values: [dkim.value] });
  zone.put({ name: returnPath.host, type: 'CNAME', ttl: 300, values: [returnPath.value] });
  const serverToken = ctx.keyring.seal(c.eId, 'server-token', token);
  return [
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
    { type: 'RecordsWritten', changeId: 'C0' },
    { type: 'Verified' },
  ];
};
