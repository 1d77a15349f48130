import { connect } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../../../sandbox/postmark/smtp/selfSigned.ts';
import { type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { startReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let door: Awaited<ReturnType<PostmarkWorld['room']['serveSmtp']>>;
const open: { close(): void }[] = [];
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  door = await postmark.room.serveSmtp({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const transport of open.splice(0)) transport.close();
  await door.close();
  await postmark.close();
});

type Auth = { user: string; pass: string } | null;
function mailer(auth: Auth = { user: server.token, pass: server.token }, more: object = {}) {
  const transport = createTransport({
    ...{ host: '127.0.0.1', port: door.port, ignoreTLS: true, tls: { rejectUnauthorized: false } },
    ...(auth === null ? {} : { auth }),
    ...more,
  });
  open.push(transport);
  return transport;
}
const mail = (more: object = {}) => ({
  from: 'Acme Co <noreply@acme.dev.ardamails.com>',
  to: 'a@example.com',
  subject: 'Hello',
  text: 'Hi',
  ...more,
});
const idIn = (response: string) => /queued as (\S+)/.exec(response)?.[1] ?? '';
async function hand(more: object = {}): Promise<string> {
  const { response } = await mailer().sendMail(mail(more));
  await postmark.settle();
  return idIn(response);
}
const smtpErrors = async () => (await server.client.getBounces()).Bounces.filter(({ Type }) => Type === 'SMTPApiError');

describe('mail out', () => {
  it('is the same message as through the API', async () => {
    const id = await hand({
      cc: 'Carl <c@example.com>',
      bcc: 'b@example.com',
      replyTo: 'r@example.com',
      subject: 'Grüße',
      html: '<p>Hi</p>',
      headers: { 'X-Own': '1' },
      attachments: [{ filename: 'a.txt', content: 'hi' }],
    });
    const details = await server.client.getOutboundMessageDetails(id);
    expect(details).toMatchObject({
      MessageStream: 'outbound',
      To: [{ Email: 'a@example.com', Name: null }],
      Cc: [{ Email: 'c@example.com', Name: 'Carl' }],
      Bcc: [{ Email: 'b@example.com', Name: null }],
      Recipients: ['a@example.com', 'c@example.com', 'b@example.com'],
      From: '"Acme Co" <noreply@acme.dev.ardamails.com>',
      Subject: 'Grüße',
      Attachments: ['a.txt'],
      Status: 'Sent',
    });
    expect([details.TextBody?.trim(), details.HtmlBody?.trim()]).toEqual(['Hi', '<p>Hi</p>']);
    expect(details.Body).toContain('X-Own: 1\r\n');
    expect(details.MessageEvents.map(({ Type }) => Type)).toEqual(['Delivered', 'Delivered', 'Delivered']);
  });

  it('says in headers what the API says in fields', async () => {
    const id = await hand({
      html: '<p>Hi</p>',
      headers: {
        'X-PM-Message-Stream': 'broadcast',
        'X-PM-Tag': 'welcome',
        'X-PM-Metadata-color': 'bläulich',
        'X-PM-Metadata-jobId': 'j1',
        'X-PM-TrackOpens': 'true',
        'X-PM-TrackLinks': 'HtmlOnly',
      },
    });
    const details = await server.client.getOutboundMessageDetails(id);
    expect(details).toMatchObject({ MessageStream: 'broadcast', Tag: 'welcome', TrackOpens: true, TrackLinks: 'HtmlOnly' });
    expect(Object.fromEntries(Object.entries(details.Metadata).map(([name, value]) => [name.toLowerCase(), value]))).toEqual({
      color: 'bläulich',
      jobid: 'j1',
    });
    expect(details.Body).not.toMatch(/X-PM-(Metadata|Track|Message-Stream)/i);
  });

  it('keeps its own Message-ID only with X-PM-KeepID', async () => {
    const dump = async (headers: object) =>
      (await server.client.getOutboundMessageDump(await hand({ messageId: '<me@own>', headers }))).Body;
    expect(await dump({})).not.toContain('<me@own>');
    expect(await dump({ 'X-PM-KeepID': 'true' })).toContain('Message-ID: <me@own>');
  });

  it('bounces as X-PM-Bounce-Type asks', async () => {
    await hand({ headers: { 'X-PM-Bounce-Type': 'SoftBounce' } });
    expect((await server.client.getBounces()).Bounces).toMatchObject([{ Type: 'SoftBounce', Email: 'a@example.com' }]);
  });

  it('goes to the envelope’s recipients, not the header’s', async () => {
    const { response } = await mailer().sendMail({
      ...mail({ to: 'shown@example.com, a@example.com' }),
      envelope: { from: 'noreply@acme.dev.ardamails.com', to: ['a@example.com', 'hidden@example.com'] },
    });
    const details = await server.client.getOutboundMessageDetails(idIn(response));
    expect([details.To, details.Bcc]).toEqual([[{ Email: 'a@example.com', Name: null }], [{ Email: 'hidden@example.com', Name: null }]]);
  });

  it('many messages go over one connection, in order', async () => {
    const pool = mailer(undefined, { pool: true, maxConnections: 1 });
    for (let i = 0; i < 20; i += 1) await pool.sendMail(mail({ subject: `n${i}` }));
    const { Messages } = await server.client.getOutboundMessages({ count: 100 });
    expect(Messages.map(({ Subject }) => Subject).reverse()).toEqual(Array.from({ length: 20 }, (_, i) => `n${i}`));
  });

  it.each([{}, { servername: 'localhost' }, { servername: 'smtp.postmarkapp.com' }])(
    'may be encrypted with STARTTLS, checked for its address and %o',
    async (name) => {
      const encrypted = (ca: string) =>
        mailer(undefined, { ignoreTLS: false, requireTLS: true, tls: { ca, ...name, rejectUnauthorized: true } }).sendMail(mail());
      expect((await encrypted(door.certificate)).response).toMatch(/^250 2\.0\.0 OK: queued as/);
      await expect(encrypted(selfSigned().certificate), 'another start has another key').rejects.toThrow(/self-signed|signature|issuer/);
    },
  );
});

describe('who may hand in mail', () => {
  it.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])(
    'whoever shows a server token as user and password, by %s and in any case',
    async (authMethod) => {
      const token = authMethod === 'CRAM-MD5' ? server.token : server.token.toUpperCase();
      const { response } = await mailer({ user: token, pass: token }, { authMethod }).sendMail(mail());
      expect(response).toMatch(/^250/);
    },
  );

  it.each([
    ['an unknown token', () => ({ user: 'nobody', pass: 'nobody' }), 535],
    ['a wrong password', () => ({ user: server.token, pass: 'x' }), 535],
    ['no login', () => null, 530],
  ])('nobody with %s', async (_case, auth, code) => {
    await expect(mailer(auth()).sendMail(mail())).rejects.toMatchObject({ responseCode: code });
    expect((await server.client.getOutboundMessages()).TotalCount).toBe(0);
  });

  it('no server whose SMTP is switched off', async () => {
    await server.client.editServer({ SmtpApiActivated: false });
    await expect(mailer().sendMail(mail())).rejects.toMatchObject({ responseCode: 535 });
  });
});

describe('what the API would refuse', () => {
  it.each([
    ['an unknown sender', { from: 'x@elsewhere.com' }, /\(400\)$/],
    ['a stream there is not', { headers: { 'X-PM-Message-Stream': 'nothing' } }, /\(1235\)$/],
    ['a forbidden attachment', { attachments: [{ filename: 'a.exe', content: 'x' }] }, /\(411\)$/],
    ['metadata that is too long', { headers: { 'X-PM-Metadata-a': 'x'.repeat(81) } }, /\(300\)$/],
    ['no body', { text: '' }, /\(300\)$/],
  ])('%s is taken, and becomes an SMTP API error of each recipient', async (_case, more, details) => {
    const id = await hand({ cc: 'c@example.com', ...more });
    expect((await server.client.getOutboundMessages()).TotalCount).toBe(0);
    expect(await smtpErrors()).toMatchObject([
      { Email: 'c@example.com', MessageID: id, TypeCode: 100007, Details: expect.stringMatching(details) },
      { Email: 'a@example.com', MessageID: id, TypeCode: 100007, Details: expect.stringMatching(details) },
    ]);
    expect((await server.client.getOutboundOverview()).SMTPApiErrors).toBe(2);
  });

  it('a suppressed recipient is an SMTP API error, and the others are mailed', async () => {
    await server.client.createSuppressions('outbound', { Suppressions: [{ EmailAddress: 'a@example.com' }] });
    const id = await hand({ to: 'a@example.com, b@example.com' });
    expect((await server.client.getOutboundMessageDetails(id)).MessageEvents.map(({ Recipient }) => Recipient)).toEqual(['b@example.com']);
    expect(await smtpErrors()).toMatchObject([{ Email: 'a@example.com', MessageID: id }]);
  });

  it('a pending account’s mail bounces and its sender’s program never hears of it', async () => {
    postmark.world.settings.apply({ accountState: 'pending' });
    await hand();
    expect(await smtpErrors()).toMatchObject([{ Details: expect.stringMatching(/pending approval.*\(412\)$/) }]);
  });

  it('is told to the webhook of a server that asks for it', async () => {
    const receiver = await startReceiver();
    await server.client.createWebhook({ Url: receiver.url, Triggers: { Bounce: { Enabled: true } } });
    await hand({ from: 'x@elsewhere.com' });
    expect(receiver.received).toEqual([]);
    await server.client.editServer({ EnableSmtpApiErrorHooks: true });
    await hand({ from: 'x@elsewhere.com' });
    expect(receiver.received.map(({ body }) => [body['RecordType'], body['Type']])).toEqual([['Bounce', 'SMTPApiError']]);
    await receiver.close();
  });

  it('a message above 10 MB is refused with 552', async () => {
    const content = Buffer.alloc(8 * 1024 * 1024, 'x');
    await expect(mailer().sendMail(mail({ attachments: [{ filename: 'a.txt', content }] }))).rejects.toMatchObject({ responseCode: 552 });
  });

  it('a message that is no MIME at all is taken as it is', async () => {
    const raw = {
      envelope: { from: 'noreply@acme.dev.ardamails.com', to: ['a@example.com'] },
      raw: '\u0000\u0001 nothing: of\r\nthe sort',
    };
    expect((await mailer().sendMail(raw)).response).toMatch(/^250/);
    expect(await smtpErrors()).toHaveLength(1);
  });
});

describe('mail in', () => {
  const inboundAddress = async () => (await server.client.getServer()).InboundAddress;

  it('needs no login, and goes to the server of its address', async () => {
    const to = (await inboundAddress()).replace('@', '+h1@');
    await mailer(null).sendMail({ from: 'jane@example.com', to, subject: 'In', text: 'Hi' });
    expect((await server.client.getInboundMessages()).InboundMessages).toMatchObject([
      { From: 'jane@example.com', OriginalRecipient: to, MailboxHash: 'h1', Subject: 'In', Status: 'Processed' },
    ]);
  });

  it('to two servers is a message of each', async () => {
    const other = await postmark.newServer('other');
    const to = [await inboundAddress(), (await other.client.getServer()).InboundAddress];
    await mailer(null).sendMail({ from: 'jane@example.com', to, subject: 'In', text: 'Hi' });
    expect([(await server.client.getInboundMessages()).TotalCount, (await other.client.getInboundMessages()).TotalCount]).toEqual([1, 1]);
  });

  it('to an address no server has is refused with 550', async () => {
    const to = 'ffffffffffffffffffffffffffffffff@inbound.postmarkapp.com';
    await expect(mailer(null).sendMail({ from: 'jane@example.com', to, text: 'Hi' })).rejects.toMatchObject({ responseCode: 550 });
  });
});

describe('faults of operation SMTP', () => {
  const fault = (kind: string, more: object = {}) =>
    postmark.fault({ service: 'postmark', operation: 'SMTP', kind: kind as 'cut', times: 1, ...more });
  const sent = async () => (await server.client.getOutboundMessages()).TotalCount;

  it.each([
    ['status', {}, 451],
    ['status', { status: 554 }, 554],
    ['throttle', {}, 421],
  ])('%s %j refuses the message, and nothing is taken', async (kind, more, responseCode) => {
    fault(kind, more);
    await expect(mailer().sendMail(mail())).rejects.toMatchObject({ responseCode });
    expect(await sent()).toBe(0);
    expect((await mailer().sendMail(mail())).response).toMatch(/^250/);
  });

  it.each([
    ['timeout-before', 0],
    ['timeout-after', 1],
    ['cut', 1],
  ])('%s: the sender never learns, and %i message(s) were taken', async (kind, taken) => {
    fault(kind);
    await expect(mailer(undefined, { socketTimeout: 300 }).sendMail(mail())).rejects.toThrow();
    expect(await sent()).toBe(taken);
  });

  it('slow takes its time', async () => {
    fault('slow', { delayMs: 20 });
    await mailer().sendMail(mail());
    expect(await sent()).toBe(1);
  });

  it('of another server leave this one alone, and every message is counted', async () => {
    fault('throttle', { server: server.id + 1 });
    await mailer().sendMail(mail());
    expect(postmark.world.calls.counts().postmark['SMTP']).toBe(1);
  });
});

it('a client that leaves in the middle of its message leaves nothing behind, and the door goes on', async () => {
  const socket = connect(door.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('data', resolve));
  const to = (await server.client.getServer()).InboundAddress;
  socket.write(`EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<${to}>\r\nDATA\r\nSubject: half`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  await mailer().sendMail(mail());
  expect((await server.client.getInboundMessages()).TotalCount).toBe(0);
});
