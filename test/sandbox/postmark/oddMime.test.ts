import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { mailTo, startPostmark } from './postmarkWorld.ts';

const postmark = await startPostmark();
const server = await postmark.newServer();
await postmark.verifiedDomain();
afterAll(() => postmark.close());

const piece = fc.oneof(
  fc.constantFrom(
    ...['From: ', 'To: ', 'Cc: ', 'Bcc: ', 'Subject: ', 'Reply-To: ', 'Date: ', 'X-PM-Metadata-', 'X-PM-Tag: ', 'X-Spam-Score: '],
    ...[
      'Content-Type: multipart/mixed; boundary=b',
      '--b',
      '--b--',
      'Content-Type: text/html; charset=no-such',
      'Content-Type: message/rfc822',
    ],
    ...[
      'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment; filename="a',
      'MIME-Version: 1.0',
      '=?UTF-8?B?w6Q=?=',
      'a@b.co',
      'Group: a@b.co;',
    ],
    ...['<', '>', '"', ',', '\r\n', '\r\n\r\n', '\n', ' ', '\t', '.\r\n', '@', ':', ';'],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const source = fc.array(piece, { minLength: 1, maxLength: 40, size: 'max' }).map((pieces) => pieces.join(''));

it('mail that comes in is kept, however odd it is', async () => {
  await fc.assert(
    fc.asyncProperty(source, async (raw) => {
      const { MessageID } = (await postmark.room.receive({ server: server.id, raw })) as { MessageID: string };
      expect((await server.client.getInboundMessageDetails(MessageID)).Status).toBe('Processed');
    }),
    { numRuns: 150 },
  );
});

it('a message has a source that can be dumped, however odd its fields are', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const fields = fc.record({
    From: fc.constantFrom(
      '"a\\" <x" <noreply@acme.dev.ardamails.com>',
      'noreply@acme.dev.ardamails.com',
      '<noreply@acme.dev.ardamails.com>',
    ),
    To: fc.constantFrom("o'x+{y}@example.com", '"a, b" <c@d.co>, <e@f.co>', 'x@xn--a.example', '.a.@b..c', '-@-'),
    Subject: text,
    TextBody: text.map((body) => `${body}x`),
    Tag: text,
    Headers: fc.array(fc.record({ Name: fc.constantFrom('X-A', 'Content-Type', 'Bcc', 'X-PM-Tag', 'Received', 'to'), Value: text }), {
      maxLength: 3,
    }),
    Attachments: fc.array(
      fc.record({
        Name: text.map((name) => `${name}a`),
        Content: fc.constant('aGk='),
        ContentType: text.map((type) => `${type}x`),
        ContentID: fc.constant(null),
      }),
      { maxLength: 2 },
    ),
  });
  let dumped = 0;
  await fc.assert(
    fc.asyncProperty(fields, async (more) => {
      const sent = await server.client.sendEmail(mailTo('a@example.com', more)).catch(() => null);
      if (sent === null) return;
      dumped += 1;
      expect((await server.client.getOutboundMessageDump(sent.MessageID)).Body).toContain(sent.MessageID);
    }),
    { numRuns: 150 },
  );
  expect(dumped).toBeGreaterThan(10);
});
