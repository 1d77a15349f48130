import { createPublicKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToken, type PostmarkWorld, putRecord, startAt, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const name = `acme.${zone}`;
const create = () => postmark.account.createDomain({ Name: name, ReturnPathDomain: `pm-bounces.${name}` });
const rotate = (id: number) => postmark.call('POST', `/domains/${id}/rotatedkim`, { account: accountToken });
const forget = (type: string, record: string) => postmark.route53.editRecord({ action: 'DELETE', name: record, type });

describe('a new domain', () => {
  it('waits with its key in the pending pair and an empty current pair', async () => {
    const domain = await create();
    expect(domain).toEqual({
      ID: expect.any(Number),
      Name: name,
      SPFVerified: true,
      SPFHost: name,
      SPFTextValue: 'v=spf1 a mx include:spf.mtasv.net ~all',
      DKIMVerified: false,
      WeakDKIM: false,
      DKIMHost: '',
      DKIMTextValue: '',
      DKIMPendingHost: expect.stringMatching(/^20260905\d{6}pm\._domainkey\.acme\.dev\.ardamails\.com$/),
      DKIMPendingTextValue: expect.stringMatching(/^k=rsa;p=[A-Za-z0-9+/]+=*$/),
      DKIMRevokedHost: '',
      DKIMRevokedTextValue: '',
      SafeToRemoveRevokedKeyFromDNS: false,
      DKIMUpdateStatus: 'Pending',
      ReturnPathDomain: `pm-bounces.${name}`,
      ReturnPathDomainVerified: false,
      ReturnPathDomainCNAMEValue: 'pm.mtasv.net',
    });
    expect(await postmark.account.getDomain(domain.ID)).toEqual(domain);
  });

  it('has a selector of the virtual clock', async () => {
    await postmark.advanceMinutes(60 * 24 * 30);
    expect((await create()).DKIMPendingHost.slice(0, 6)).toBe('202610');
    expect(startAt).toBeLessThan(postmark.world.clock.now());
  });

  it.each([1024, 2048])('has an RSA public key of %i bits that any library reads', async (bits) => {
    postmark.world.settings.apply({ dkimKeyBits: bits });
    const text = (await create()).DKIMPendingTextValue.slice('k=rsa;p='.length);
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    expect([key.asymmetricKeyType, key.asymmetricKeyDetails]).toEqual(['rsa', { modulusLength: bits, publicExponent: 65537n }]);
  });

  it('has a key of its own', async () => {
    const [one, two] = [await create(), await postmark.account.createDomain({ Name: `other.${zone}` })];
    expect(one.DKIMPendingTextValue).not.toBe(two.DKIMPendingTextValue);
    expect(two.ReturnPathDomain).toBe('');
  });
});

describe('refusals', () => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.com`;
  const cases: [string, Record<string, unknown>, number][] = [
    ['no name', {}, 514],
    ['an empty name', { Name: '' }, 514],
    ['a name of more than 255 characters', { Name: long }, 515],
    ['a name that is no domain', { Name: 'acme' }, 516],
    ['a name with a space', { Name: 'ac me.com' }, 516],
    ['a mailbox provider', { Name: 'gmail.com' }, 503],
    ['a domain that exists', { Name: `taken.${zone}` }, 512],
    ['a domain that exists in another case', { Name: `TAKEN.${zone}` }, 512],
    ['a Return-Path that is no subdomain', { Name: name, ReturnPathDomain: 'pm-bounces.example.com' }, 511],
    ['a Return-Path that is the domain itself', { Name: name, ReturnPathDomain: name }, 511],
    ['a field there is not', { Name: name, ReturnPath: 'x' }, 403],
  ];
  it.each(cases)('%s', async (_case, body, code) => {
    await postmark.account.createDomain({ Name: `taken.${zone}` });
    const answer = await postmark.call('POST', '/domains', { account: accountToken, body: body as never });
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
  });

  it.each(['GET', 'DELETE'])('%s of an unknown id is 422 with 510', async (method) => {
    const answer = await postmark.call(method, '/domains/1', { account: accountToken });
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: 510, Message: 'This domain was not found.' }]);
  });

  it.each(['verifyDkim', 'verifyReturnPath'])('%s of an unknown id is 510', async (verb) => {
    expect((await postmark.call('PUT', `/domains/1/${verb}`, { account: accountToken })).body).toMatchObject({ ErrorCode: 510 });
  });
});

describe('verifyDkim', () => {
  it('answers 200 and stays pending while the record is not in DNS', async () => {
    const domain = await create();
    expect(await postmark.account.verifyDomainDKIM(domain.ID)).toEqual(domain);
  });

  it('moves the pending pair to the current one when it sees the record', async () => {
    const domain = await create();
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    expect(await postmark.account.verifyDomainDKIM(domain.ID)).toMatchObject({
      DKIMVerified: true,
      DKIMUpdateStatus: 'Verified',
      DKIMHost: domain.DKIMPendingHost,
      DKIMTextValue: domain.DKIMPendingTextValue,
      DKIMPendingHost: '',
      DKIMPendingTextValue: '',
      ReturnPathDomainVerified: false,
    });
  });

  it('joins the strings of a key that is longer than one', async () => {
    postmark.world.settings.apply({ dkimKeyBits: 2048 });
    const domain = await create();
    expect(domain.DKIMPendingTextValue.length).toBeGreaterThan(255);
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMVerified).toBe(true);
  });

  it('is not taken in by another value at the right name', async () => {
    const domain = await create();
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, 'k=rsa;p=AAAA');
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMVerified).toBe(false);
  });

  it('asks over DNS, so a failing name server is a record not seen', async () => {
    const domain = await create();
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    postmark.fault({ service: 'dns', operation: 'TXT', kind: 'status' });
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMVerified).toBe(false);
    expect(postmark.world.calls.counts().dns).toMatchObject({ TXT: expect.any(Number) });
    postmark.world.faults.clear();
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMVerified).toBe(true);
  });

  it('is sticky: the flag stays when the record goes', async () => {
    const domain = await postmark.verifiedDomain();
    forget('TXT', domain.DKIMHost);
    expect(await postmark.account.verifyDomainDKIM(domain.ID)).toMatchObject({ DKIMVerified: true, DKIMUpdateStatus: 'Verified' });
  });

  it('says Failed once Postmark has stopped looking, and still verifies a record that comes later', async () => {
    const domain = await create();
    await postmark.advanceMinutes(49 * 60);
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMUpdateStatus).toBe('Failed');
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    expect((await postmark.account.verifyDomainDKIM(domain.ID)).DKIMUpdateStatus).toBe('Verified');
  });

  it('can show the oddity of a status that is verified before the flag', async () => {
    const domain = await postmark.verifiedDomain();
    postmark.world.settings.apply({ dkimFlagLags: true });
    expect(await postmark.account.getDomain(domain.ID)).toMatchObject({ DKIMVerified: false, DKIMUpdateStatus: 'Verified' });
  });
});

describe('verifyReturnPath', () => {
  it('sees a CNAME to pm.mtasv.net and nothing else', async () => {
    const domain = await create();
    expect((await postmark.account.verifyDomainReturnPath(domain.ID)).ReturnPathDomainVerified).toBe(false);
    putRecord(postmark.route53, 'CNAME', domain.ReturnPathDomain, 'elsewhere.example.com');
    expect((await postmark.account.verifyDomainReturnPath(domain.ID)).ReturnPathDomainVerified).toBe(false);
    putRecord(postmark.route53, 'CNAME', domain.ReturnPathDomain, 'PM.mtasv.net.');
    expect((await postmark.account.verifyDomainReturnPath(domain.ID)).ReturnPathDomainVerified).toBe(true);
  });

  it.each([
    [true, true],
    [false, false],
  ])('with returnPathSticky %s the flag of a record that is gone reads %s', async (sticky, flag) => {
    const domain = await postmark.verifiedDomain();
    postmark.world.settings.apply({ returnPathSticky: sticky });
    forget('CNAME', domain.ReturnPathDomain);
    expect((await postmark.account.verifyDomainReturnPath(domain.ID)).ReturnPathDomainVerified).toBe(flag);
  });

  it('starts anew when the Return-Path is edited', async () => {
    const domain = await postmark.verifiedDomain();
    const edited = await postmark.account.editDomain(domain.ID, { ReturnPathDomain: `mail.${name}` });
    expect(edited).toMatchObject({ ReturnPathDomain: `mail.${name}`, ReturnPathDomainVerified: false, DKIMVerified: true });
    const nothing = await postmark.call('PUT', `/domains/${domain.ID}`, { account: accountToken, body: {} });
    expect(nothing.body).toMatchObject({ ErrorCode: 502 });
  });
});

describe('Postmark’s own looks', () => {
  it('happen as often as the switch says, for two days', async () => {
    postmark.world.settings.apply({ domainRecheckMs: 3_600_000 });
    const domain = await create();
    await postmark.advanceMinutes(90);
    expect((await postmark.account.getDomain(domain.ID)).DKIMVerified).toBe(false);
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    putRecord(postmark.route53, 'CNAME', domain.ReturnPathDomain, 'pm.mtasv.net');
    await postmark.advanceMinutes(60);
    expect(await postmark.account.getDomain(domain.ID)).toMatchObject({ DKIMVerified: true, ReturnPathDomainVerified: true });

    const late = await postmark.account.createDomain({ Name: `late.${zone}` });
    await postmark.advanceMinutes(49 * 60);
    putRecord(postmark.route53, 'TXT', late.DKIMPendingHost, late.DKIMPendingTextValue);
    await postmark.advanceMinutes(24 * 60);
    expect((await postmark.account.getDomain(late.ID)).DKIMVerified).toBe(false);
  });

  it('do not happen by default', async () => {
    const domain = await create();
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    await postmark.advanceMinutes(60 * 24);
    expect((await postmark.account.getDomain(domain.ID)).DKIMVerified).toBe(false);
  });
});

describe('rotation', () => {
  it('keeps the old key until the new one is seen, then shows it as revoked until it is safe to remove', async () => {
    const before = await postmark.verifiedDomain();
    await postmark.advanceMinutes(1);
    const rotating = (await rotate(before.ID)).body as Record<string, string>;
    expect(rotating).toEqual({
      Name: name,
      ID: before.ID,
      DKIMVerified: true,
      WeakDKIM: false,
      DKIMHost: before.DKIMHost,
      DKIMTextValue: before.DKIMTextValue,
      DKIMPendingHost: expect.not.stringContaining(before.DKIMHost),
      DKIMPendingTextValue: expect.stringMatching(/^k=rsa;p=/),
      DKIMRevokedHost: '',
      DKIMRevokedTextValue: '',
      SafeToRemoveRevokedKeyFromDNS: false,
      DKIMUpdateStatus: 'Pending',
    });
    putRecord(postmark.route53, 'TXT', rotating['DKIMPendingHost'] ?? '', rotating['DKIMPendingTextValue'] ?? '');
    const after = await postmark.account.verifyDomainDKIM(before.ID);
    expect(after).toMatchObject({
      DKIMHost: rotating['DKIMPendingHost'],
      DKIMPendingHost: '',
      DKIMRevokedHost: before.DKIMHost,
      DKIMRevokedTextValue: before.DKIMTextValue,
      SafeToRemoveRevokedKeyFromDNS: false,
      DKIMUpdateStatus: 'Verified',
    });
    await postmark.advanceMinutes(24 * 60);
    expect((await postmark.account.getDomain(before.ID)).SafeToRemoveRevokedKeyFromDNS).toBe(true);
  });

  it('is 505 while a key is pending', async () => {
    const domain = await postmark.verifiedDomain();
    expect((await rotate(domain.ID)).status).toBe(200);
    expect((await rotate(domain.ID)).body).toMatchObject({ ErrorCode: 505 });
  });

  it('is 508 once Postmark has given the key up, until its record is seen after all', async () => {
    const domain = await create();
    await postmark.advanceMinutes(49 * 60);
    await postmark.account.verifyDomainDKIM(domain.ID);
    expect(await rotate(domain.ID)).toMatchObject({ status: 422, body: { ErrorCode: 508 } });
    putRecord(postmark.route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    await postmark.account.verifyDomainDKIM(domain.ID);
    expect((await rotate(domain.ID)).status).toBe(200);
  });

  it('within the second of the key before it gets another selector', async () => {
    const domain = await postmark.verifiedDomain();
    expect((await rotate(domain.ID)).body).toMatchObject({ DKIMPendingHost: expect.not.stringContaining(domain.DKIMHost) });
  });
});

describe('lists and removal', () => {
  it('items have only the documented fields', async () => {
    await postmark.verifiedDomain();
    expect(await postmark.account.getDomains()).toEqual({
      TotalCount: 1,
      Domains: [
        { ID: expect.any(Number), Name: name, SPFVerified: true, DKIMVerified: true, WeakDKIM: false, ReturnPathDomainVerified: true },
      ],
    });
  });

  it('page by count and offset; bad paging is 500 on HTTP 422', async () => {
    for (const label of ['a', 'b', 'c']) await postmark.account.createDomain({ Name: `${label}.${zone}` });
    const page = await postmark.account.getDomains({ count: 1, offset: 1 });
    expect([page.TotalCount, page.Domains.map(({ Name }) => Name)]).toEqual([3, [`b.${zone}`]]);
    expect(await postmark.call('GET', '/domains', { account: accountToken })).toMatchObject({ status: 422, body: { ErrorCode: 500 } });
  });

  it('a removed domain is gone and its name free', async () => {
    const domain = await create();
    expect(await postmark.account.deleteDomain(domain.ID)).toEqual({ ErrorCode: 0, Message: `Domain ${name} removed.` });
    await expect(postmark.account.getDomain(domain.ID)).rejects.toMatchObject({ code: 510 });
    await create();
  });

  it('the deprecated SPF check says what it always says', async () => {
    const domain = await create();
    expect(await postmark.account.verifyDomainSPF(domain.ID)).toEqual({
      SPFHost: name,
      SPFVerified: true,
      SPFTextValue: 'v=spf1 a mx include:spf.mtasv.net ~all',
    });
  });
});
