/** However odd a request, Postmark's answer is JSON and no 500: taken, or refused with a code that says why. */
import fc from 'fast-check';
import { Models } from 'postmark';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountToken, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let serverToken: string;
let serverId: number;
beforeAll(async () => {
  postmark = await startPostmark();
  postmark.world.settings.apply({ bulkEnabled: true, dataRemovals: true, inboundDomainNeedsMx: false, serverDeletion: false });
  const server = await postmark.newServer();
  [serverToken, serverId] = [server.token, server.id];
  await postmark.verifiedDomain();
  await server.client.createTemplate({ Name: 'T', Alias: 'known', Subject: '{{a}}', TextBody: '{{#each l}}{{.}}{{/each}}' });
  await server.client.createTemplate({ Name: 'L', Alias: 'frame', TextBody: '{{{@content}}}', TemplateType: Models.TemplateTypes.Layout });
});
afterAll(() => postmark.close());

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('{', '}', '#', '^', '/', '.', 'a', ' ', '@', '<', '"', ',', '\u0000', '\ud800', '\n'), maxLength: 14 }),
  fc.constantFrom(
    '',
    'a@example.com',
    `x@acme.${zone}`,
    'known',
    'frame',
    'broadcast',
    'outbound',
    'Layout',
    'Standard',
    'None',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom('{{a}}', '{{#each l}}{{.}}{{/each}}', '{{{@content}}}', '{{#a}}{{../b}}{{/a}}', '{{^a}}'),
);
const deep = fc.integer({ min: 1, max: 300 }).map((depth) => JSON.parse(`${'{"a":['.repeat(depth)}1${']}'.repeat(depth)}`));
const anything = fc.oneof(
  text,
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.object({ maxDepth: 3 }),
  deep,
);

const fields = [
  ...[
    'From',
    'To',
    'Cc',
    'Bcc',
    'Subject',
    'HtmlBody',
    'TextBody',
    'ReplyTo',
    'Tag',
    'Metadata',
    'Headers',
    'Attachments',
    'TrackOpens',
    'TrackLinks',
  ],
  ...[
    'MessageStream',
    'TemplateId',
    'TemplateAlias',
    'TemplateModel',
    'InlineCss',
    'Messages',
    'Name',
    'Alias',
    'TemplateType',
    'LayoutTemplate',
  ],
  ...['TestRenderModel', 'ID', 'MessageStreamType', 'Description', 'SubscriptionManagementConfiguration', 'FromEmail', 'ReturnPathDomain'],
  ...[
    'ConfirmationPersonalNote',
    'RequestedBy',
    'RequestedFor',
    'NotifyWhenCompleted',
    'SourceServerID',
    'DestinationServerID',
    'PerformChanges',
  ],
  ...['InboundDomain', 'Color', 'DeliveryType', 'InboundSpamThreshold', '__proto__', 'toString'],
];
const likely: Record<string, unknown> = {
  From: `x@acme.${zone}`,
  To: 'a@example.com',
  TextBody: 'x',
  Subject: 's',
  Name: 'n',
  TemplateAlias: 'known',
  TemplateModel: {},
};
/** Some fields as they should be, some as they should not. */
const body = fc
  .record({ right: fc.subarray(Object.keys(likely)), odd: fc.dictionary(fc.constantFrom(...fields), anything, { maxKeys: 4 }) })
  .map(({ right, odd }) => ({
    ...Object.fromEntries(right.map((field) => [field, likely[field]])),
    ...odd,
  }));
const sent = fc.oneof(
  { weight: 6, arbitrary: body.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.array(body, { maxLength: 3 }).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: body.map((value) => JSON.stringify({ Messages: [value, value] })) },
  { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value) ?? '') },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);
const id = fc.oneof(
  fc.constantFrom('1', 'known', 'frame', 'broadcast', 'outbound', '%00', '..%2f', '%E0%A4%A', '99999999999999999999', '-1', 'a%20b'),
  fc.nat().map(String),
);
const account = [
  '/servers',
  '/servers/{id}',
  '/domains',
  '/domains/{id}',
  '/domains/{id}/rotatedkim',
  '/senders',
  '/senders/{id}',
  '/senders/{id}/resend',
  '/senders/{id}/requestnewdkim',
  '/data-removals',
  '/data-removals/{id}',
  '/templates/push',
];
const server = [
  '/email',
  '/email/batch',
  '/email/withTemplate',
  '/email/batchWithTemplates',
  '/email/bulk',
  '/email/bulk/{id}',
  '/server',
  '/templates',
  '/templates/{id}',
  '/templates/validate',
  '/message-streams',
  '/message-streams/{id}',
  '/message-streams/{id}/archive',
  '/message-streams/{id}/unarchive',
];
const query = fc.oneof(
  fc.constant(''),
  fc.constant('?count=10&offset=0'),
  fc.webQueryParameters().map((parameters) => `?${parameters}`),
  fc.constantFrom('?count=-1', '?paginationKey=%00', '?templateType=x'),
);
const call = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
  path: fc.constantFrom(...account, ...server),
  id,
  query,
  raw: sent,
  test: fc.boolean(),
});

describe('odd requests', () => {
  it('are answered with JSON, and never with a 500', async () => {
    await fc.assert(
      fc.asyncProperty(call, async ({ method, path, id: named, query: search, raw, test }) => {
        const token = account.includes(path) ? { account: accountToken } : { server: test ? 'POSTMARK_API_TEST' : serverToken };
        const given = method === 'GET' ? {} : { raw };
        const answer = await postmark.call(method, `${path.replace('{id}', named)}${search}`, { ...token, ...given });
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
        if (answer.status !== 200) expect(answer.body).toMatchObject({ ErrorCode: expect.any(Number), Message: expect.any(String) });
      }),
      { numRuns: 600 },
    );
    await postmark.advanceMinutes(60 * 24 * 50);
    expect((await postmark.account.getServer(serverId)).ID).toBe(serverId);
  }, 60_000);

  it.each(['TemplateModel', 'TestRenderModel', 'SubscriptionManagementConfiguration', 'Metadata', 'Messages'])(
    'a %s nested 50,000 deep is refused',
    async (field) => {
      const raw = `{"TemplateAlias":"known","From":"x@acme.${zone}","To":"a@example.com","Subject":"s","${field}":${'{"a":['.repeat(50_000)}1${']}'.repeat(50_000)}}`;
      for (const path of server) {
        const { status } = await postmark.call('POST', path.replace('{id}', 'known'), { server: serverToken, raw });
        expect([path, status < 500]).toEqual([path, true]);
      }
    },
  );

  it.each([
    ['a body of 100,000 brackets', '['.repeat(100_000)],
    ['a body nested 100,000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['a number without end', `{"TemplateId":${'9'.repeat(400)}}`],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]).toString('latin1')],
  ])('%s is refused', async (_case, raw) => {
    for (const path of [
      '/email',
      '/email/batch',
      '/email/withTemplate',
      '/email/batchWithTemplates',
      '/email/bulk',
      '/templates',
      '/templates/validate',
      '/message-streams',
    ]) {
      const { status } = await postmark.call('POST', path, { server: serverToken, raw });
      expect([path, status]).toEqual([path, path === '/email/batch' && raw.startsWith('[[') && raw.endsWith(']') ? 200 : 422]);
    }
  });
});
