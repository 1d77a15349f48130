/** Inputs that are as large as Postmark takes and made to be slow: each is answered, soon, and never with 500. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { strippedReply } from '../../../sandbox/postmark/inbound/strippedReply.ts';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

/** Where the way through is quadratic, these take minutes. */
const limitMs = 15_000;
const million = 1_000_000;

it.each([
  ['a domain of millions of letters', `a@${'a'.repeat(5 * million)}`],
  ['a mailbox of a million letters', `${'a'.repeat(million)}@example.com`],
  ['a name of a million letters', `"${'a'.repeat(million)}" <a@example.com>`],
  ['a million brackets', '<'.repeat(million)],
  ['a million commas', ','.repeat(million)],
])(
  '%s for a recipient is 300',
  async (_case, To) => {
    const answer = await postmark.call('POST', '/email', { server: server.token, body: { ...mailTo(To), HtmlBody: null } as never });
    expect([answer.status, answer.headers.get('X-PM-ApiErrorCode')]).toEqual([422, '300']);
  },
  limitMs,
);

it(
  'links that never end are looked for once',
  async () => {
    for (const part of ['<a ', '<a href=', '<a href="http://', 'http://'])
      await server.client.sendEmail(mailTo('a@example.com', { HtmlBody: part.repeat(100_000), TrackLinks: 'HtmlAndText' as never }));
    await postmark.settle();
    expect(await server.client.getOutboundOverview()).toMatchObject({ Sent: 4 });
  },
  limitMs,
);

it('a reply of millions of beginnings of a quotation is read as far as people write', { timeout: limitMs }, () => {
  const startMs = performance.now();
  expect(strippedReply(`Yes\n${'On \n'.repeat(5 * million)}`)).toBe('');
  expect(strippedReply(`Yes\n> no\n${'On \n'.repeat(5 * million)}`)).toBe('Yes');
  expect(performance.now() - startMs).toBeLessThan(limitMs / 2);
});

it('a metadata field named like something of the language’s own is kept', async () => {
  const raw = JSON.stringify(mailTo('a@example.com')).replace('{', '{"Metadata":{"__proto__":"p","constructor":"c"},');
  expect((await postmark.call('POST', '/email', { server: server.token, raw })).status).toBe(200);
  const { body } = await postmark.call('GET', '/messages/outbound?count=1&offset=0&metadata___proto__=p', { server: server.token });
  expect(JSON.stringify(body)).toContain('"Metadata":{"__proto__":"p","constructor":"c"}');
});
