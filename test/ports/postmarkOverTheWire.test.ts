import { beforeEach, describe, expect, it } from 'vitest';
import { postmarkClient } from '../../service/ports/postmarkClient.ts';
import { postmarkDomains } from '../../service/ports/postmarkDomains.ts';
import { postmarkServers } from '../../service/ports/postmarkServers.ts';
import { postmarkTransport } from '../../service/ports/postmarkTransport.ts';
import { postmarkWebhooks } from '../../service/ports/postmarkWebhooks.ts';
import { outside } from './support/outside.ts';

const world = outside();
beforeEach(() => world().control('/reset'));

const parts = () => {
  const { addresses, accountToken } = world();
  const client = postmarkClient({ baseUrl: addresses.postmark, timeoutMs: 1000, concurrencyMax: 4 });
  return {
    servers: postmarkServers(client, accountToken),
    domains: postmarkDomains(client, accountToken),
    webhooks: postmarkWebhooks(client),
    transport: postmarkTransport(client),
  };
};
const terms = { abort: new AbortController().signal, startBy: Number.POSITIVE_INFINITY };
const fault = (spec: Record<string, unknown>) => world().control('/fault', { service: 'postmark', times: 1, ...spec });

describe('servers', () => {
  it('a server that was made is found by its name, with its token', async () => {
    const { servers } = parts();
    const made = await servers.createServer('dev-acme');
    expect(made.tokens).toHaveLength(1);
    expect(await servers.findServerByName('dev-acme')).toEqual(made);
    expect(await servers.findServerByName('dev-acm')).toBeNull();
    expect((await servers.listServers(0)).servers).toContainEqual(made);
  });

  it('a name that exists is refused with 603', async () => {
    const { servers } = parts();
    await servers.createServer('dev-acme');
    await expect(servers.createServer('dev-acme')).rejects.toMatchObject({ detail: { class: 'refused', httpStatus: 422, code: '603' } });
  });

  it('deleting is refused with 604 until the account may, and then absent the second time', async () => {
    const { servers } = parts();
    const { serverId } = await servers.createServer('dev-acme');
    await expect(servers.deleteServer(serverId)).rejects.toMatchObject({ detail: { class: 'refused', code: '604' } });
    await world().control('/settings', { serverDeletion: true });
    expect(await servers.deleteServer(serverId)).toBe('deleted');
    expect(await servers.deleteServer(serverId)).toBe('absent');
  });

  it('all servers whose name begins alike are found, and none that only holds it', async () => {
    const { servers } = parts();
    const made = [await servers.createServer('retired-dev-acme-1'), await servers.createServer('retired-dev-acme-2')];
    await servers.createServer('not-retired-dev-acme-3');
    expect((await servers.findServersByPrefix('retired-dev-acme-')).toSorted((a, b) => a.serverId - b.serverId)).toEqual(made);
  });

  it('a server is retired by a new name', async () => {
    const { servers } = parts();
    const { serverId } = await servers.createServer('dev-acme');
    await servers.renameServer(serverId, 'retired-dev-acme');
    expect((await servers.findServerByName('retired-dev-acme'))?.serverId).toBe(serverId);
  });

  it('a lost answer is unknown, and the server is there to be adopted', async () => {
    const { servers } = parts();
    await fault({ operation: 'POST /servers', kind: 'cut' });
    await expect(servers.createServer('dev-acme')).rejects.toMatchObject({ detail: { class: 'unknown' } });
    expect(await servers.findServerByName('dev-acme')).not.toBeNull();
  });

  it('throttling says so', async () => {
    const { servers } = parts();
    await fault({ kind: 'throttle' });
    await expect(servers.listServers(0)).rejects.toMatchObject({ detail: { class: 'throttled', httpStatus: 429 } });
  });
});

describe('domains', () => {
  it('a new domain says which records prove it, and its flags turn true when they are there', async () => {
    const { domains } = parts();
    const name = `acme.${world().zoneName}`;
    const made = await domains.createDomain(name, `pm-bounces.${name}`);
    expect(made).toMatchObject({
      name,
      dkimVerified: false,
      returnPathVerified: false,
      returnPath: { host: `pm-bounces.${name}`, value: 'pm.mtasv.net' },
    });
    expect(made.dkim.host).toMatch(new RegExp(`pm\\._domainkey\\.${name}$`));
    expect((await domains.verifyDkim(made.domainId)).dkimVerified).toBe(false);

    await world().control('/route53/record', { action: 'UPSERT', name: made.dkim.host, type: 'TXT', ttl: 300, values: [made.dkim.value] });
    await world().control('/route53/record', {
      action: 'UPSERT',
      name: made.returnPath.host,
      type: 'CNAME',
      ttl: 300,
      values: [made.returnPath.value],
    });
    const verified = await domains.verifyDkim(made.domainId);
    expect(verified.dkimVerified).toBe(true);
    expect(verified.dkim, 'the pair has moved, the record has not').toEqual(made.dkim);
    expect((await domains.verifyReturnPath(made.domainId)).returnPathVerified).toBe(true);
    expect((await domains.listDomains(0)).domains).toEqual([
      { domainId: made.domainId, name, dkimVerified: true, returnPathVerified: true },
    ]);
  });

  it('a domain that exists is refused with 512, found by name, and absent after its deletion', async () => {
    const { domains } = parts();
    const made = await domains.createDomain('a.dev.ardamails.com', 'pm-bounces.a.dev.ardamails.com');
    await expect(domains.createDomain('a.dev.ardamails.com', 'pm-bounces.a.dev.ardamails.com')).rejects.toMatchObject({
      detail: { code: '512' },
    });
    expect((await domains.findDomainByName('a.dev.ardamails.com'))?.domainId).toBe(made.domainId);
    expect(await domains.deleteDomain(made.domainId)).toBe('deleted');
    expect(await domains.deleteDomain(made.domainId)).toBe('absent');
    expect(await domains.findDomainByName('a.dev.ardamails.com')).toBeNull();
  });
});

describe('webhooks', () => {
  const headers = { authorization: 'Bearer one', signature: 'v1=one' };

  it('a webhook is listed with its headers, takes new ones, and goes', async () => {
    const { servers, webhooks } = parts();
    const token = (await servers.createServer('dev-acme')).tokens[0] ?? '';
    const url = 'http://127.0.0.1:9/job/postmark-events/r';
    const made = await webhooks.createWebhook(token, url, headers);
    expect(await webhooks.listWebhooks(token)).toEqual([made]);
    expect(made.headers).toEqual({ authorization: 'Bearer one', 'x-postroute-signature': 'v1=one' });
    const changed = await webhooks.updateWebhook(token, made.webhookId, url, { authorization: 'Bearer two', signature: 'v1=two' });
    expect(changed.headers).toEqual({ authorization: 'Bearer two', 'x-postroute-signature': 'v1=two' });
    expect(await webhooks.deleteWebhook(token, made.webhookId)).toBe('deleted');
    expect(await webhooks.deleteWebhook(token, made.webhookId)).toBe('absent');
  });

  it('has every trigger that feeds back', async () => {
    const { servers, webhooks } = parts();
    const token = (await servers.createServer('dev-acme')).tokens[0] ?? '';
    await webhooks.createWebhook(token, 'http://127.0.0.1:9/x', headers);
    const state = JSON.stringify(await world().get('/state'));
    const triggers = JSON.parse(/"Triggers":(\{.*?\}\})/.exec(state)?.[1] ?? '{}') as Record<string, { Enabled: boolean }>;
    expect(
      Object.entries(triggers)
        .filter(([, { Enabled }]) => Enabled)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['Bounce', 'Click', 'Delivery', 'Open', 'SpamComplaint', 'SubscriptionChange']);
  });
});

describe('sending', () => {
  const ready = async () => {
    const { servers, domains, transport } = parts();
    const name = `acme.${world().zoneName}`;
    const token = (await servers.createServer('dev-acme')).tokens[0] ?? '';
    const made = await domains.createDomain(name, `pm-bounces.${name}`);
    await world().control('/route53/record', { action: 'UPSERT', name: made.dkim.host, type: 'TXT', values: [made.dkim.value] });
    await domains.verifyDkim(made.domainId);
    const message = (jobId: string, to = 'a@example.com') => ({
      from: `noreply@${name}`,
      to,
      replyTo: null,
      subject: 'Hello',
      htmlBody: null,
      textBody: 'Hello',
      tag: null,
      metadata: { jobId },
      attachments: [],
    });
    return { transport, token, message };
  };

  it('one message and a batch are taken, and each is found by its job', async () => {
    const { transport, token, message } = await ready();
    const [one] = await transport.send(token, [message('j1')], terms);
    const [two, three] = await transport.send(token, [message('j2'), message('j3', 'not an address')], terms);
    expect(one).toMatchObject({ kind: 'answered', httpStatus: 200, errorCode: 0 });
    expect(three).toMatchObject({ kind: 'answered', httpStatus: 422, errorCode: 300, messageId: null });
    await world().control('/clock/advance', { seconds: 60 });
    const messageIdOf = (answer: typeof one) => (answer?.kind === 'answered' ? answer.messageId : null);
    expect((await transport.findByJobId(token, 'j1'))?.messageId).toBe(messageIdOf(one));
    expect((await transport.findByJobId(token, 'j2'))?.messageId).toBe(messageIdOf(two));
    expect(await transport.findByJobId(token, 'j3')).toBeNull();
  });

  it.each(['timeout-after', 'cut'])('a message whose answer is lost (%s) is found by its job', async (kind) => {
    const { transport, token, message } = await ready();
    await fault({ operation: 'POST /email', kind });
    expect(await transport.send(token, [message('j1')], terms)).toEqual([expect.objectContaining({ kind: 'noAnswer' })]);
    await world().control('/clock/advance', { seconds: 60 });
    expect(await transport.findByJobId(token, 'j1')).not.toBeNull();
  });

  it('an inactive recipient is refused with 406 until the address is released', async () => {
    const { transport, token, message } = await ready();
    await transport.suppress(token, ['a@example.com']);
    await world().control('/clock/advance', { seconds: 60 });
    expect(await transport.send(token, [message('j1')], terms)).toEqual([expect.objectContaining({ httpStatus: 422, errorCode: 406 })]);
    expect(await transport.release(token, ['a@example.com'])).toEqual([]);
    await world().control('/clock/advance', { seconds: 60 });
    expect(await transport.send(token, [message('j2')], terms)).toEqual([expect.objectContaining({ httpStatus: 200, errorCode: 0 })]);
  });
});
