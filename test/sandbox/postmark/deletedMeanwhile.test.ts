/** A server is deleted while something of it is under way: nothing of it comes into being afterwards, and whoever is under way is told. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { brokenInvariants } from './invariants.ts';
import { mailTo, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';
import { allTriggers, startReceiver, type WebhookReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  postmark = await startPostmark();
  postmark.world.settings.apply({ serverDeletion: true });
  server = await postmark.newServer();
  receiver = await startReceiver();
  await postmark.verifiedDomain();
});
afterEach(async () => {
  expect(brokenInvariants(postmark, new Set())).toEqual([]);
  await Promise.all([postmark.close(), receiver.close()]);
});

const remove = () => postmark.account.deleteServer(server.id);

it('a webhook whose verification is under way is not made: 422', async () => {
  receiver.answerWith((_received, response) => void remove().then(() => response.writeHead(200).end()));
  const body = { Url: receiver.url, Verify: true, Triggers: { Delivery: { Enabled: true } } };
  const answer = await postmark.call('POST', '/webhooks', { server: server.token, body });
  expect(answer).toMatchObject({ status: 422, body: { ErrorCode: 422, Message: 'Invalid Server or Account.' } });
});

it('a webhook of a stream that is archived during its verification is not made: 1350', async () => {
  receiver.answerWith(
    (_received, response) => void server.client.archiveMessageStream('broadcast').then(() => response.writeHead(200).end()),
  );
  const body = { Url: receiver.url, MessageStream: 'broadcast', Verify: true, Triggers: { Open: { Enabled: true } } };
  expect((await postmark.call('POST', '/webhooks', { server: server.token, body })).body).toMatchObject({ ErrorCode: 1350 });
});

it('an edit that waits for DNS finds no server: 601 for the account, 422 for itself', async () => {
  postmark.fault({ service: 'dns', kind: 'slow', delayMs: 200 });
  const body = { InboundDomain: `in.${zone}`, BounceHookUrl: receiver.url };
  postmark.world.settings.apply({ inboundDomainNeedsMx: true });
  const edits = [
    postmark.call('PUT', `/servers/${server.id}`, { account: 'aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb', body }),
    postmark.call('PUT', '/server', { server: server.token, body }),
  ];
  postmark.route53.editRecord({ action: 'UPSERT', name: `in.${zone}`, type: 'MX', values: ['10 inbound.postmarkapp.com'] });
  while (postmark.world.calls.counts().dns['MX'] !== 2) await new Promise((resolve) => setImmediate(resolve));
  await remove();
  const answers = await Promise.all(edits);
  expect(answers.map(({ body }) => (body as { ErrorCode: number }).ErrorCode)).toEqual([601, 422]);
});

it('a message that comes in by hand meanwhile is refused', async () => {
  const { InboundAddress } = await server.client.getServer();
  const arriving = postmark.room.receive({ from: 'a@example.com', to: InboundAddress, textBody: 'x' });
  await Promise.all([expect(arriving).rejects.toThrow(/^server: .* was removed/), remove()]);
});

const code = (line: string): number => Number(line.slice(0, 3));

/** One SMTP conversation; `say` answers with the code of the reply. */
async function conversation(port: number): Promise<{ socket: Socket; say(line: string): Promise<number> }> {
  const socket = connect(port, '127.0.0.1');
  const reply = () =>
    new Promise<number>((resolve) => {
      let text = '';
      socket.on('data', function more(chunk) {
        text += chunk;
        const last = text.trimEnd().split('\r\n').at(-1) ?? '';
        if (!/^\d{3} /.test(last)) return;
        socket.off('data', more);
        resolve(code(last));
      });
    });
  await reply();
  const say = (line: string) => {
    const answered = reply();
    socket.write(`${line}\r\n`);
    return answered;
  };
  return { socket, say };
}

it('mail by SMTP is not answered with 250: 535 for who was logged in, 550 for who writes to it', async () => {
  const door = await postmark.room.serveSmtp({ host: '127.0.0.1', port: 0 });
  const { InboundAddress } = await server.client.getServer();
  const [own, foreign] = [await conversation(door.port), await conversation(door.port)];
  const login = Buffer.from(`\0${server.token}\0${server.token}`).toString('base64');
  for (const line of ['EHLO me', `AUTH PLAIN ${login}`, `MAIL FROM:<noreply@acme.${zone}>`, 'RCPT TO:<a@example.com>', 'DATA'])
    await own.say(line);
  for (const line of ['EHLO me', 'MAIL FROM:<a@example.com>', `RCPT TO:<${InboundAddress}>`, 'DATA']) await foreign.say(line);
  await remove();
  expect([await own.say('Subject: x\r\n\r\nx\r\n.'), await foreign.say('Subject: x\r\n\r\nx\r\n.')]).toEqual([535, 550]);
  for (const { socket } of [own, foreign]) socket.destroy();
  await door.close();
});

it('what was on its way to its webhooks is dropped, and its token is worth nothing', async () => {
  await server.client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
  receiver.answerWith(500);
  await server.client.sendEmail(mailTo('a@example.com'));
  await postmark.settle();
  const tried = receiver.received.length;
  await remove();
  await postmark.advanceMinutes(600);
  expect([tried, receiver.received.length]).toEqual([1, 1]);
  await expect(server.client.getServer()).rejects.toMatchObject({ statusCode: 401, code: 10 });
});
