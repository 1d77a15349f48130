import { describe, expect, it } from 'vitest';
import { postmarkClient } from '../../service/ports/postmarkClient.ts';
import { postmarkDomains } from '../../service/ports/postmarkDomains.ts';
import { postmarkServers } from '../../service/ports/postmarkServers.ts';
import { json, localServer } from './support/localServer.ts';

const clientOf = (baseUrl: string) => postmarkClient({ baseUrl, timeoutMs: 2000, concurrencyMax: 4 });
const domain = (fields: Record<string, unknown>) => ({
  ID: 9,
  Name: 'acme.dev.example',
  DKIMVerified: false,
  ReturnPathDomainVerified: false,
  DKIMHost: '',
  DKIMTextValue: '',
  DKIMPendingHost: '',
  DKIMPendingTextValue: '',
  DKIMUpdateStatus: 'Pending',
  ReturnPathDomain: 'pm-bounces.acme.dev.example',
  ReturnPathDomainCNAMEValue: 'pm.mtasv.net',
  ...fields,
});
const current = { DKIMHost: 'c._domainkey.acme', DKIMTextValue: 'k=rsa;p=c' };
const pending = { DKIMPendingHost: 'p._domainkey.acme', DKIMPendingTextValue: 'k=rsa;p=p' };

describe('the DKIM record to publish', () => {
  it.each([
    ['a new domain: the pending one', pending, 'p._domainkey.acme'],
    ['a verified domain: the current one', { ...current, DKIMVerified: true }, 'c._domainkey.acme'],
    ['during a rotation: the current one, which still signs', { ...current, ...pending, DKIMVerified: true }, 'c._domainkey.acme'],
    ['both, and the current one never verified: the pending one', { ...current, ...pending }, 'p._domainkey.acme'],
  ])('%s', async (_, fields, host) => {
    const server = await localServer(json(200, domain(fields)));
    const made = await postmarkDomains(clientOf(server.url), 'a').createDomain('acme.dev.example', 'pm-bounces.acme.dev.example');
    expect(made.dkim.host).toBe(host);
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      Name: 'acme.dev.example',
      ReturnPathDomain: 'pm-bounces.acme.dev.example',
    });
  });

  it('a domain without any key is no usable answer', async () => {
    const server = await localServer(json(200, domain({})));
    await expect(postmarkDomains(clientOf(server.url), 'a').verifyDkim(9)).rejects.toMatchObject({ detail: { class: 'unknown' } });
  });

  it.each([
    [{ DKIMVerified: true, DKIMUpdateStatus: 'Pending' }, true],
    [{ DKIMVerified: false, DKIMUpdateStatus: 'Verified' }, true],
    [{ DKIMVerified: false, DKIMUpdateStatus: 'Failed' }, false],
  ])('flags %j count as verified: %s', async (flags, verified) => {
    const server = await localServer(json(200, domain({ ...pending, ...flags })));
    expect((await postmarkDomains(clientOf(server.url), 'a').verifyDkim(9)).dkimVerified).toBe(verified);
  });
});

describe('looking by name', () => {
  const item = (at: number) => ({ ID: at + 1, Name: `d${at}`, DKIMVerified: false, ReturnPathDomainVerified: false });

  it('pages until the domain is found, then reads that one', async () => {
    const server = await localServer((response, { url }) => {
      const offset = new URL(url, 'http://x').searchParams.get('offset');
      if (offset === null)
        return json(200, domain({ ...pending, ID: 601, Name: 'd600' }))(response, { method: '', url, headers: {}, body: '' });
      const Domains = Array.from({ length: 700 }, (_, at) => item(at)).slice(Number(offset), Number(offset) + 500);
      json(200, { TotalCount: 700, Domains })(response, { method: '', url, headers: {}, body: '' });
    });
    expect((await postmarkDomains(clientOf(server.url), 'a').findDomainByName('d600'))?.domainId).toBe(601);
    expect(server.received.map(({ url }) => url)).toEqual(['/domains?count=500&offset=0', '/domains?count=500&offset=500', '/domains/601']);
  });

  it('ends at an empty page even when the total promises more', async () => {
    const server = await localServer(json(200, { TotalCount: 5000, Domains: [] }));
    await expect(postmarkDomains(clientOf(server.url), 'a').findDomainByName('x')).resolves.toBeNull();
    expect(server.received).toHaveLength(1);
  });

  it('takes a server by its exact name only: Postmark’s filter matches parts of names', async () => {
    const named = (ID: number, Name: string) => ({ ID, Name, ApiTokens: ['t'] });
    const server = await localServer(json(200, { TotalCount: 2, Servers: [named(1, 'dev-acme-2'), named(2, 'dev-acme')] }));
    expect(await postmarkServers(clientOf(server.url), 'a').findServerByName('dev-acme')).toEqual({
      serverId: 2,
      name: 'dev-acme',
      tokens: ['t'],
    });
    expect(server.received[0]?.url).toBe('/servers?count=500&offset=0&name=dev-acme');
    expect(await postmarkServers(clientOf(server.url), 'a').findServerByName('acme')).toBeNull();
  });
});
