import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../../sandbox/world/inputError.ts';
import { accountToken, mailTo, type PostmarkWorld, putRecord, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const domain = `signed.${zone}`;
const from = `jo@${domain}`;
const create = (more: object = {}) => postmark.account.createSenderSignature({ Name: 'Jo', FromEmail: from, ...more });
const call = (method: string, path: string, body?: object) => postmark.call(method, path, { account: accountToken, body: body as never });

describe('a new sender signature', () => {
  it('waits for its confirmation, and shows the keys of its domain', async () => {
    const note = 'Please confirm';
    const signature = await create({
      ReplyToEmail: 'help@example.com',
      ReturnPathDomain: `pm-bounces.${domain}`,
      ConfirmationPersonalNote: note,
    });
    const [listed] = (await postmark.account.getDomains()).Domains;
    const { ID: _id, Name: _name, ...keys } = await postmark.account.getDomain(listed?.ID ?? 0);
    expect(signature).toEqual({
      ...keys,
      ID: expect.any(Number),
      Domain: domain,
      EmailAddress: from,
      ReplyToEmailAddress: 'help@example.com',
      Name: 'Jo',
      Confirmed: false,
      ConfirmationPersonalNote: note,
    });
    expect(signature.DKIMPendingHost).toMatch(/pm\._domainkey\.signed\./);
    expect(signature.ReturnPathDomain).toBe(`pm-bounces.${domain}`);
    expect(await postmark.account.getSenderSignature(signature.ID)).toEqual(signature);
  });

  it('in a list has only the documented fields', async () => {
    const { ID } = await create();
    await create({ FromEmail: `al@${domain}` });
    expect(await postmark.account.getSenderSignatures({ count: 1, offset: 0 })).toEqual({
      TotalCount: 2,
      SenderSignatures: [{ ID, Domain: domain, EmailAddress: from, ReplyToEmailAddress: '', Name: 'Jo', Confirmed: false }],
    });
  });

  it('shares the domain that the account has already', async () => {
    const known = await postmark.account.createDomain({ Name: domain });
    expect((await create()).DKIMPendingTextValue).toBe(known.DKIMPendingTextValue);
    expect((await postmark.account.getDomains()).TotalCount).toBe(1);
  });
});

describe('refusals', () => {
  const cases: [string, object | undefined, number][] = [
    ['no body', undefined, 520],
    ['no address', { Name: 'Jo' }, 520],
    ['an address that is none', { Name: 'Jo', FromEmail: 'jo' }, 522],
    ['an address of no domain', { Name: 'Jo', FromEmail: 'jo@localhost' }, 522],
    ['a mailbox provider', { Name: 'Jo', FromEmail: 'jo@gmail.com' }, 503],
    ['an address that has one', { Name: 'Jo', FromEmail: `taken@${domain}` }, 504],
    ['an address that has one in another case', { Name: 'Jo', FromEmail: `TAKEN@${domain}` }, 504],
    ['a note of 401 characters', { FromEmail: from, ConfirmationPersonalNote: 'n'.repeat(401) }, 521],
    ['a name of 256 characters', { FromEmail: from, Name: 'n'.repeat(256) }, 521],
    ['an address of more than 255 characters', { FromEmail: `${'n'.repeat(250)}@${domain}` }, 521],
    ['a reply address that is none', { FromEmail: from, ReplyToEmail: 'help' }, 522],
    ['a Return-Path of another domain', { FromEmail: from, ReturnPathDomain: 'pm-bounces.example.com' }, 522],
    ['a domain of another account', { FromEmail: 'jo@theirs.com' }, 507],
    ['a field there is not', { FromEmail: from, Email: 'x' }, 403],
    ['an address that is a number', { FromEmail: 1 }, 402],
  ];
  it.each(cases)('%s', async (_case, body, code) => {
    postmark.world.settings.apply({ foreignDomains: ['theirs.com'] });
    await create({ FromEmail: `taken@${domain}` });
    const answer = await call('POST', '/senders', body);
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    expect((await postmark.account.getSenderSignatures()).TotalCount).toBe(1);
  });

  it('a missing name is 520 by the error list, and nothing by the clients', async () => {
    await create({ FromEmail: from, Name: undefined });
    postmark.world.settings.apply({ senderNameRequired: true });
    expect((await call('POST', '/senders', { FromEmail: `al@${domain}` })).body).toMatchObject({ ErrorCode: 520 });
  });

  it.each([
    ['GET', ''],
    ['PUT', ''],
    ['DELETE', ''],
    ['POST', '/resend'],
    ['POST', '/verifyspf'],
    ['POST', '/requestnewdkim'],
  ])('%s of an unknown id%s is 404 with 501', async (method, verb) => {
    const answer = await call(method, `/senders/1${verb}`, method === 'GET' ? undefined : { Name: 'x' });
    expect([answer.status, answer.body]).toMatchObject([404, { ErrorCode: 501 }]);
  });

  it('bad paging is 500 on HTTP 422', async () => {
    expect(await call('GET', '/senders')).toMatchObject({ status: 422, body: { ErrorCode: 500 } });
  });

  it('an edit without data is 502, and one of the address is 403', async () => {
    const { ID } = await create();
    const codes = [];
    for (const body of [undefined, {}, { FromEmail: 'x@example.com' }])
      codes.push((await call('PUT', `/senders/${ID}`, body)).headers.get('X-PM-ApiErrorCode'));
    expect(codes).toEqual(['502', '502', '403']);
  });
});

describe('a signature', () => {
  it('is edited by what is named', async () => {
    const { ID } = await create({ ReplyToEmail: 'help@example.com' });
    expect(await postmark.account.editSenderSignature(ID, { Name: 'Jo II', ReturnPathDomain: `bounces.${domain}` })).toMatchObject({
      Name: 'Jo II',
      ReplyToEmailAddress: 'help@example.com',
      ReturnPathDomain: `bounces.${domain}`,
    });
  });

  it('is removed, and its address free', async () => {
    const { ID } = await create();
    expect(await postmark.account.deleteSenderSignature(ID)).toEqual({ ErrorCode: 0, Message: `Signature ${from} removed.` });
    await expect(postmark.account.getSenderSignature(ID)).rejects.toMatchObject({ code: 501, statusCode: 404 });
    await create();
  });

  it('goes with its domain', async () => {
    await create();
    const [listed] = (await postmark.account.getDomains()).Domains;
    await postmark.account.deleteDomain(listed?.ID ?? 0);
    expect((await postmark.account.getSenderSignatures()).TotalCount).toBe(0);
  });

  it('has its mail sent again until it is confirmed, then 506', async () => {
    const { ID } = await create();
    expect(await postmark.account.resendSenderSignatureConfirmation(ID)).toEqual({
      ErrorCode: 0,
      Message: `Confirmation email for Sender Signature ${from} was re-sent.`,
    });
    expect(postmark.room.show()).toMatchObject({ senders: [{ EmailAddress: from, Confirmed: false, ConfirmationsSent: 2 }] });
    postmark.room.confirmSender(from);
    await expect(postmark.account.resendSenderSignatureConfirmation(ID)).rejects.toMatchObject({ code: 506, statusCode: 422 });
  });

  it('answers the deprecated SPF check with itself', async () => {
    const signature = await create();
    expect(await postmark.account.verifySenderSignatureSPF(signature.ID)).toEqual(signature);
  });

  it('asks for a new key once the first was seen; before that, 505', async () => {
    const signature = await create();
    await expect(postmark.account.requestNewDKIMForSenderSignature(signature.ID)).rejects.toMatchObject({ code: 505 });
    putRecord(postmark.route53, 'TXT', signature.DKIMPendingHost, signature.DKIMPendingTextValue);
    const [listed] = (await postmark.account.getDomains()).Domains;
    await postmark.account.verifyDomainDKIM(listed?.ID ?? 0);
    expect(await postmark.account.requestNewDKIMForSenderSignature(signature.ID)).toMatchObject({
      DKIMHost: signature.DKIMPendingHost,
      DKIMPendingHost: expect.not.stringContaining(signature.DKIMPendingHost),
      DKIMUpdateStatus: 'Pending',
    });
  });
});

describe('sending from a signature', () => {
  const mail = (sender: string) => ({ ...mailTo('a@example.com'), From: `Jo <${sender}>` });

  it('is 401 until its owner confirms, and allows exactly its address then', async () => {
    const { client } = await postmark.newServer();
    await create();
    await expect(client.sendEmail(mail(from))).rejects.toMatchObject({ code: 401, statusCode: 422 });
    expect(postmark.room.confirmSender(from.toUpperCase())).toEqual({ ID: expect.any(Number), EmailAddress: from, Confirmed: true });
    expect((await client.sendEmail(mail(from.toUpperCase()))).ErrorCode).toBe(0);
    await expect(client.sendEmail(mail(`al@${domain}`))).rejects.toMatchObject({ code: 400 });
  });

  it('from a verified domain needs no confirmation', async () => {
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain(domain);
    await create();
    expect((await client.sendEmail(mail(from))).ErrorCode).toBe(0);
  });

  it('an unknown address is told what there is', () => {
    expect(() => postmark.room.confirmSender('x@example.com')).toThrow(InputError);
    expect(() => postmark.room.confirmSender('x@example.com')).toThrow(/^email: .*POST \/senders/);
  });
});
