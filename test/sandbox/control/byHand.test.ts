import { AccountClient } from 'postmark';
import { beforeEach, describe, expect, it } from 'vitest';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const account = new AccountClient(sandbox.accountToken, { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host });

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('what a person does at Postmark and no API can', () => {
  it('a sender signature is confirmed', async () => {
    const { ID } = await account.createSenderSignature({ Name: 'Jo', FromEmail: 'jo@signed.example' });
    expect(await sandbox.post('/postmark/sender/confirm', { email: 'JO@signed.example' })).toEqual({
      status: 200,
      body: { ID, EmailAddress: 'jo@signed.example', Confirmed: true },
    });
    expect((await account.getSenderSignature(ID)).Confirmed).toBe(true);
  });

  it('a server gets another token, and loses the first', async () => {
    const { ID, ApiTokens } = await account.createServer({ Name: 'x' });
    const generated = await sandbox.post('/postmark/token', { server: ID, action: 'generate' });
    expect(generated).toMatchObject({ status: 200, body: { ID, ApiTokens: [ApiTokens[0], expect.any(String)] } });
    await sandbox.post('/postmark/token', { server: ID, action: 'remove', token: ApiTokens[0] });
    expect((await account.getServer(ID)).ApiTokens).toEqual([(generated.body['ApiTokens'] as string[])[1]]);
  });

  it.each([
    ['/postmark/sender/confirm', {}, "field 'email' is missing"],
    ['/postmark/sender/confirm', { email: 'x@y.example' }, 'email: no sender signature has the address'],
    ['/postmark/sender/confirm', { mail: 'x@y.example', email: 'x@y.example' }, "unknown field 'mail'; did you mean 'email'?"],
    ['/postmark/token', { action: 'generate' }, "field 'server' is missing"],
    ['/postmark/token', { server: 1, action: 'rotate' }, "field 'action' must be one of generate, remove"],
    ['/postmark/token', { server: 1, action: 'generate' }, 'server: no server has the id 1'],
  ])('%s %j is refused with the field and the remedy', async (path, body, error) => {
    expect(await sandbox.post(path, body)).toMatchObject({ status: 400, body: { error: expect.stringContaining(error) } });
  });
});
