import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { decodedWords } from '../../../sandbox/postmark/inbound/encodedWords.ts';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

async function dump(more = {}): Promise<string> {
  const { MessageID } = await server.client.sendEmail(mailTo('"Doe, Jane" <jane@example.com>, b@example.com', more));
  return (await server.client.getOutboundMessageDump(MessageID)).Body;
}

it('a dump is MIME that a parser reads back as what was sent', async () => {
  const parsed = await simpleParser(
    await dump({
      Cc: 'Zoë <z@example.com>',
      Bcc: 'hidden@example.com',
      ReplyTo: 'r@example.com',
      Subject: 'Grüße aus 東京',
      TextBody: 'Hallo,\n.\nfrom here\n',
      HtmlBody: '<p>Ünïcödé</p>',
      Tag: 'welcome',
      Headers: [{ Name: 'X-Own', Value: 'ä, b' }],
      Attachments: [{ Name: 'résumé.txt', Content: 'aGk=', ContentType: 'text/plain', ContentID: null }],
    }),
  );
  expect(parsed).toMatchObject({ subject: 'Grüße aus 東京', html: '<p>Ünïcödé</p>', text: 'Hallo,\n.\nfrom here\n' });
  expect([parsed.from?.text, parsed.replyTo?.text]).toEqual(['"Acme Co" <noreply@acme.dev.ardamails.com>', 'r@example.com']);
  expect([parsed.to, parsed.cc].flat().map((field) => field?.value)).toEqual([
    [
      { address: 'jane@example.com', name: 'Doe, Jane' },
      { address: 'b@example.com', name: '' },
    ],
    [{ address: 'z@example.com', name: 'Zoë' }],
  ]);
  expect([decodedWords(String(parsed.headers.get('x-own'))), parsed.headers.get('x-pm-tag')]).toEqual(['ä, b', 'welcome']);
  expect(parsed.attachments.map(({ filename, size }) => [filename, size])).toEqual([['résumé.txt', 0]]);
});

it('a blind copy is in no header', async () => {
  expect(await dump({ Bcc: 'hidden@example.com' })).not.toContain('hidden@example.com');
});

it('orders to Postmark do not go out, and a header cannot smuggle in another', async () => {
  const source = await dump({
    Headers: [
      { Name: 'X-PM-KeepID', Value: 'false' },
      { Name: 'X-PM-Metadata-a', Value: 'b' },
      { Name: 'X-Own', Value: 'a\r\nX-Evil: 1' },
    ],
  });
  expect(source).not.toMatch(/X-PM-(KeepID|Metadata)/i);
  expect((await simpleParser(source)).headers.has('x-evil')).toBe(false);
});

it('the Message-ID is Postmark’s, or the sender’s own with X-PM-KeepID', async () => {
  const own = { Name: 'Message-ID', Value: '<me@own>' };
  expect((await simpleParser(await dump({ Headers: [own] }))).messageId).toMatch(/^<[0-9a-f-]{36}@mtasv\.net>$/);
  expect((await simpleParser(await dump({ Headers: [own, { Name: 'X-PM-KeepID', Value: 'true' }] }))).messageId).toBe('<me@own>');
});

it('the same message has the same source, byte for byte', async () => {
  const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { HtmlBody: '<p>x</p>' }));
  const twice = [await server.client.getOutboundMessageDump(MessageID), await server.client.getOutboundMessageDump(MessageID)];
  expect(twice[0]).toEqual(twice[1]);
});

it.each([
  ['plain', 'plain'],
  ['=?UTF-8?B?w6QsIGI=?=', 'ä, b'],
  ['=?utf-8?q?a=C3=A4_b?= and =?ISO-8859-1?Q?=E4?=', 'aä b and ä'],
  ['=?UTF-8?B?w6Q=?= \t =?UTF-8?B?w6Q=?=', 'ää'],
  ['=?no-such-set?B?w6Q=?=', '=?no-such-set?B?w6Q=?='],
  ['=?UTF-8*de?Q?x?=', 'x'],
])('the encoded words %s say %s', (encoded, text) => {
  expect(decodedWords(encoded)).toBe(text);
});
