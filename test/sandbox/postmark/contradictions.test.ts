/** What the public record leaves open, each a switch with the better evidence as its default; and the limits of an account. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../sandbox/world/inputError.ts';
import { accountToken, mailTo, type PostmarkWorld, putRecord, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const set = (settings: Record<string, never | string | number | boolean | string[]>) => postmark.world.settings.apply(settings);
const name = `acme.${zone}`;

describe('the wire', () => {
  it.each([[401], [422]])('a call without a token is HTTP %i', async (noTokenStatus) => {
    set({ noTokenStatus });
    expect(await postmark.call('GET', '/server')).toMatchObject({ status: noTokenStatus, body: { ErrorCode: 10 } });
  });

  it.each([[415], [422]])('a missing Content-Type is HTTP %i with 409', async (mediaTypeStatus) => {
    set({ mediaTypeStatus });
    const headers = { 'content-type': 'text/plain' };
    const answer = await postmark.call('POST', '/servers', { account: accountToken, body: { Name: 'x' }, headers });
    expect(answer).toMatchObject({ status: mediaTypeStatus, body: { ErrorCode: 409 } });
    const asked = await postmark.call('GET', '/servers?count=1&offset=0', { account: accountToken, headers: { accept: 'text/html' } });
    expect(asked).toMatchObject({ status: mediaTypeStatus, body: { ErrorCode: 409 } });
  });

  it.each(['422/510', '422/501', '404/501', '404/510', '500/501'])('an unknown domain is %s', async (domainNotFound) => {
    set({ domainNotFound });
    const [status, code] = domainNotFound.split('/').map(Number);
    expect(await postmark.call('GET', '/domains/1', { account: accountToken })).toMatchObject({ status, body: { ErrorCode: code } });
  });

  it.each([
    ['Z', /T14:31:\d\d\.\d{7}Z$/],
    ['-05:00', /T09:31:\d\d\.\d{7}-05:00$/],
  ])('SubmittedAt is in zone %s', async (submittedAtZone, pattern) => {
    set({ submittedAtZone });
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    expect((await client.sendEmail(mailTo('a@example.com'))).SubmittedAt).toMatch(pattern);
  });

  it('nobody is slowed down by default; with a number, the next call in the same second is 429', async () => {
    const [one, two] = [await postmark.newServer('one'), await postmark.newServer('two')];
    set({ callsPerSecond: 2 });
    await one.client.getServer();
    await one.client.getServer();
    await expect(one.client.getServer()).rejects.toMatchObject({ code: 429, statusCode: 429 });
    await two.client.getServer();
    await postmark.advanceMinutes(1);
    await one.client.getServer();
  });

  it.each([
    [0, null],
    [7, '7'],
  ])('a 429 with retryAfterSeconds %i has the header %s', async (retryAfterSeconds, header) => {
    set({ retryAfterSeconds });
    postmark.fault({ service: 'postmark', kind: 'throttle' });
    const answer = await postmark.call('GET', '/servers?count=1&offset=0', { account: accountToken });
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([429, header]);
  });
});

describe('limits of the account', () => {
  it.each([
    ['basic', 5],
    ['pro', 10],
  ])('the plan %s has %i sending domains, then 614', async (plan, most) => {
    set({ plan });
    for (let i = 0; i < most; i += 1) await postmark.account.createDomain({ Name: `d${i}.${zone}` });
    await expect(postmark.account.createDomain({ Name: name })).rejects.toMatchObject({ code: 614, statusCode: 422 });
    await expect(postmark.account.createSenderSignature({ Name: 'x', FromEmail: `x@${name}` })).rejects.toMatchObject({ code: 614 });
    set({ plan: 'platform' });
    await postmark.account.createDomain({ Name: name });
  });

  it('servers are without limit on Platform, and 614 beyond a number', async () => {
    set({ serversMax: 1 });
    await postmark.newServer('one');
    await expect(postmark.newServer('two')).rejects.toMatchObject({ code: 614 });
  });

  it('a domain of another account is 513, and so is one below it', async () => {
    set({ foreignDomains: ['theirs.com'] });
    for (const Name of ['theirs.com', 'mail.theirs.com']) {
      await expect(postmark.account.createDomain({ Name })).rejects.toMatchObject({ code: 513, statusCode: 422 });
    }
  });

  it('a caller off the allow-list cannot send, and can do everything else', async () => {
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    set({ callerOffAllowList: true });
    await expect(client.sendEmail(mailTo('a@example.com'))).rejects.toMatchObject({ code: 1480, statusCode: 422 });
    await client.getServer();
  });

  it('up to three account tokens are good for everything, and shown', async () => {
    set({ accountTokenCount: 3 });
    const { accountTokens } = postmark.room.show() as { accountTokens: string[] };
    expect(new Set(accountTokens).size).toBe(3);
    for (const account of accountTokens) {
      expect((await postmark.call('GET', '/servers?count=1&offset=0', { account: account.toUpperCase() })).status).toBe(200);
    }
    set({ accountTokenCount: 1 });
    expect((await postmark.call('GET', '/servers?count=1&offset=0', { account: accountTokens[2] ?? '' })).status).toBe(401);
  });
});

describe('codes that no call provokes here', () => {
  it.each([
    [422, 422],
    [605, 422],
    [709, 500],
    [811, 422],
    [1360, 422],
    ...Array.from({ length: 11 }, (_, i): [number, number] => [1450 + i, 422]),
  ])('%i comes by a fault, on HTTP %i', async (errorCode, status) => {
    postmark.fault({ service: 'postmark', kind: 'status', errorCode, times: 1 });
    const answer = await postmark.call('GET', '/servers?count=1&offset=0', { account: accountToken });
    expect(answer).toMatchObject({ status, body: { ErrorCode: errorCode, Message: expect.stringMatching(/\w+ \w+/) } });
  });
});

describe('names in DNS', () => {
  it('an inbound domain needs an MX that leads to Postmark: 610, unless the switch forgives', async () => {
    const create = () => postmark.account.createServer({ Name: 'in', InboundDomain: `in.${zone}` });
    await expect(create()).rejects.toMatchObject({ code: 610, statusCode: 422 });
    putRecord(postmark.route53, 'MX' as 'TXT', `in.${zone}`, '10 mail.example.com');
    await expect(create()).rejects.toMatchObject({ code: 610 });
    putRecord(postmark.route53, 'MX' as 'TXT', `in.${zone}`, '10 inbound.postmarkapp.com');
    expect((await create()).InboundDomain).toBe(`in.${zone}`);
    putRecord(postmark.route53, 'MX' as 'TXT', `both.${zone}`, '10 inbound.postmarkapp.com');
    const atOnce = await Promise.allSettled(
      ['x', 'y'].map((Name) => postmark.account.createServer({ Name, InboundDomain: `both.${zone}` })),
    );
    expect(atOnce.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    set({ inboundDomainNeedsMx: false });
    await postmark.account.createServer({ Name: 'in2', InboundDomain: `in2.${zone}` });
  });

  it('an inbound domain is one server’s alone: 602, also on an edit', async () => {
    set({ inboundDomainNeedsMx: false });
    const { id, client } = await postmark.newServer('one', { InboundDomain: `in.${zone}` });
    await expect(postmark.newServer('two', { InboundDomain: `IN.${zone}` })).rejects.toMatchObject({ code: 602, statusCode: 422 });
    const two = await postmark.newServer('two');
    await expect(two.client.editServer({ InboundDomain: `in.${zone}` })).rejects.toMatchObject({ code: 602 });
    await client.editServer({ InboundDomain: `in.${zone}`, Name: 'still one' });
    await postmark.account.editServer(id, { InboundDomain: '' });
    await two.client.editServer({ InboundDomain: `in.${zone}` });
  });

  it('a Return-Path that is not in DNS is taken, or 523 by a switch', async () => {
    const ReturnPathDomain = `pm-bounces.${name}`;
    const domain = await postmark.account.createDomain({ Name: name, ReturnPathDomain });
    set({ returnPathMustResolve: true });
    await expect(postmark.account.editDomain(domain.ID, { ReturnPathDomain })).rejects.toMatchObject({ code: 523, statusCode: 422 });
    await expect(postmark.account.createDomain({ Name: `b.${name}`, ReturnPathDomain: `rp.b.${name}` })).rejects.toMatchObject({
      code: 523,
    });
    await postmark.account.createDomain({ Name: `c.${name}` });
    putRecord(postmark.route53, 'CNAME', ReturnPathDomain, 'pm.mtasv.net');
    await postmark.account.editDomain(domain.ID, { ReturnPathDomain });
  });
});

describe('tokens of a server, by hand', () => {
  it('a second one is as good as the first, until a person takes one away', async () => {
    const { id, token } = await postmark.newServer();
    const { ApiTokens } = postmark.room.changeToken({ server: id, action: 'generate' }) as { ApiTokens: string[] };
    const [, second = ''] = ApiTokens;
    expect((await postmark.account.getServer(id)).ApiTokens).toEqual([token, second]);
    expect((await postmark.serverClient(second).getServer()).ID).toBe(id);
    postmark.room.changeToken({ server: id, action: 'remove', token: token.toUpperCase() });
    await expect(postmark.serverClient(token).getServer()).rejects.toMatchObject({ statusCode: 401 });
    expect((await postmark.serverClient(second).getServer()).ApiTokens).toEqual([second]);
  });

  it('are refused with the field and the remedy', async () => {
    const { id } = await postmark.newServer();
    expect(() => postmark.room.changeToken({ server: 1, action: 'generate' })).toThrow(/^server: .*GET \/state/);
    expect(() => postmark.room.changeToken({ server: id, action: 'remove' })).toThrow(InputError);
    expect(() => postmark.room.changeToken({ server: id, action: 'remove', token: 'x' })).toThrow(/^token: .*GET \/state/);
  });
});
