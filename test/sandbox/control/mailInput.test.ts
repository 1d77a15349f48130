import { X509Certificate } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { AccountClient, ServerClient } from 'postmark';
import { beforeEach, expect, it } from 'vitest';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const options = { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host };

let server: { id: number; address: string; client: ServerClient };
beforeEach(async () => {
  await sandbox.post('/reset', {});
  const made = await new AccountClient(sandbox.accountToken, options).createServer({ Name: 'acme' });
  server = { id: made.ID, address: made.InboundAddress, client: new ServerClient(made.ApiTokens[0] ?? '', options) };
});

it('a message comes in by hand, and by the SMTP door that the ready line names', async () => {
  const byHand = await sandbox.post('/postmark/inbound', { server: server.id, from: 'jane@example.com', subject: 'One' });
  expect(byHand).toMatchObject({ status: 200, body: { Subject: 'One', OriginalRecipient: server.address } });
  const [host = '', port = ''] = sandbox.addresses.smtp.split(':');
  await createTransport({ host, port: Number(port), ignoreTLS: true }).sendMail({
    from: 'j@example.com',
    to: server.address,
    subject: 'Two',
    text: 'x',
  });
  const { InboundMessages } = await server.client.getInboundMessages();
  expect(InboundMessages.map(({ Subject }) => Subject)).toEqual(['Two', 'One']);
});

it('the certificate of the SMTP door is handed out, made by its own key and good for loopback', async () => {
  const { body } = await sandbox.get('/smtp/certificate');
  const certificate = new X509Certificate(String(body['certificate']));
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect([certificate.checkIP('127.0.0.1'), certificate.checkHost('localhost'), certificate.checkHost('example.com')]).toEqual([
    '127.0.0.1',
    'localhost',
    undefined,
  ]);
  expect(JSON.stringify(body)).not.toContain('PRIVATE');
});

it.each([
  ['/postmark/inbound', { from: 'jane@example.com' }, /^recipient: no server has one of the addresses/],
  ['/postmark/inbound', { server: 7, from: 'jane@example.com' }, /^server: there is no server 7/],
  ['/postmark/inbound', { sender: 'jane@example.com' }, /^unknown field 'sender'; .*known fields: server, recipient, raw, from/],
  ['/postmark/inbound', { headers: [{ Name: 'a b', Value: '' }] }, /^field 'headers\.0\.Name' must be the name of a header/],
  [
    '/postmark/inbound',
    { attachments: [{ Name: 'a', Content: '%', ContentType: 'x' }] },
    /^field 'attachments\.0\.Content' must be base64/,
  ],
  ['/postmark/event', { messageId: 'm', type: 'Open', platform: 'Watch' }, /^field 'platform' must be one of WebMail, Desktop/],
  ['/postmark/event', { messageId: 'm', type: 'Open', client: { name: 'x' } }, /^unknown field 'name'/],
  ['/postmark/event', { messageId: 'm', type: 'Open', readSeconds: -1 }, /^field 'readSeconds' must be at least 0/],
])('%s %j is answered 400, with the field and the remedy', async (path, body, error) => {
  expect(await sandbox.post(path, body)).toMatchObject({ status: 400, body: { error: expect.stringMatching(error) } });
});
