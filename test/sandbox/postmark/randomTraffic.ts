/** Random calls of every endpoint: mostly well-formed and about things there are, often not. */
import fc from 'fast-check';
import { routes } from '../../../sandbox/postmark/rim/routeTable.ts';
import type { Json } from '../../../sandbox/world/world.ts';

export type Token = 'own' | 'none' | 'wrong' | 'both' | 'test';
export type ApiCall = {
  kind: 'call';
  method: string;
  path: string;
  needs: 'account' | 'server';
  token: Token;
  query: string;
  body: Json | undefined;
};
export type HandMade =
  | { kind: 'event'; type: string; which: number }
  | { kind: 'inbound'; from: string }
  | { kind: 'advance'; minutes: number };
export type Step = ApiCall | HandMade;

export const domain = 'acme.dev.ardamails.com';
const addresses = [
  'a@example.com',
  'B@Example.com',
  'c@example.com',
  'hardbounce@bounce-testing.postmarkapp.com',
  'softbounce@bounce-testing.postmarkapp.com',
  'manuallydeactivated@bounce-testing.postmarkapp.com',
  'test@blackhole.postmarkapp.com',
];
const address = fc.constantFrom(...addresses);
const stream = fc.constantFrom('outbound', 'broadcast', 'inbound', 'extra', 'nothing');
const sendingStream = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('outbound', 'broadcast') }, { weight: 1, arbitrary: stream });
const odd: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value)));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Leaves out what is undefined, and swaps one field in ten for nonsense. */
const body = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.record(fields), fc.nat(9), fc.constantFrom(...Object.keys(fields), 'Unknown'), odd)
    .map(([record, dice, field, value]) => JSON.parse(JSON.stringify(dice === 0 ? { ...record, [field]: value } : record)));

const email = body({
  From: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(`x@${domain}`, `Acme <x@${domain}>`) },
    { weight: 1, arbitrary: fc.constantFrom('x@elsewhere.com', 'nonsense') },
  ),
  To: fc.array(address, { minLength: 1, maxLength: 3 }).map((list) => list.join(', ')),
  Cc: maybe(address),
  Subject: fc.string({ unit: 'binary', maxLength: 30 }),
  TextBody: fc.constantFrom('see https://acme.com/x', 'Hi'),
  HtmlBody: maybe(fc.constant('<a href="https://acme.com/x">x</a>')),
  TrackOpens: maybe(fc.boolean()),
  TrackLinks: maybe(fc.constantFrom('None', 'HtmlAndText')),
  Tag: maybe(fc.constantFrom('x', 'y', 'constructor', '__proto__')),
  Metadata: maybe(fc.constantFrom({ jobId: 'j1' }, { constructor: 'x' }, { jobId: 'j2', other: 'y' })),
  Headers: maybe(fc.constantFrom([{ Name: 'X-Own', Value: 'ä\r\nX: y' }], [{ Name: 'X-PM-Bounce-Type', Value: 'SpamComplaint' }])),
  MessageStream: maybe(sendingStream),
});
const templated = body({
  From: fc.constant(`x@${domain}`),
  To: address,
  TemplateAlias: fc.constantFrom('welcome', 'nothing'),
  TemplateModel: fc.constantFrom<Json>({}, { name: 'x' }, { name: [{ a: 1 }] }),
  MessageStream: maybe(sendingStream),
});
const suppressions = body({ Suppressions: fc.array(fc.record({ EmailAddress: address }), { maxLength: 3 }) });
const server = body({
  Name: fc.constantFrom('one', 'two', 'three'),
  BounceHookUrl: maybe(fc.constantFrom('', 'http://127.0.0.1:9/a')),
  OpenHookUrl: maybe(fc.constantFrom('', 'http://127.0.0.1:9/a')),
  TrackOpens: maybe(fc.boolean()),
  RawEmailEnabled: maybe(fc.boolean()),
});
const webhook = body({
  Url: fc.constantFrom('http://127.0.0.1:9/a', 'http://127.0.0.1:9/b'),
  MessageStream: maybe(stream),
  Triggers: maybe(fc.constantFrom({ Bounce: { Enabled: true } }, { Open: { Enabled: true, PostFirstOpenOnly: true } })),
});
const template = body({
  Name: fc.constant('Welcome'),
  Alias: maybe(fc.constantFrom('welcome', 'other')),
  Subject: fc.constantFrom('Hi {{name}}', '{{#each', 'x'),
  TextBody: fc.constantFrom('Hi {{name}}', '{{#name}}x{{/name}}', '{{{', 'x'),
  TemplateType: maybe(fc.constantFrom('Standard', 'Layout')),
});

const bodies: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  'POST /email': email,
  'POST /email/batch': fc.array(email, { maxLength: 3 }),
  'POST /email/withTemplate': templated,
  'POST /email/batchWithTemplates': body({ Messages: fc.array(templated, { maxLength: 2 }) }),
  'POST /email/bulk': body({
    From: fc.constant(`x@${domain}`),
    Subject: fc.constant('x'),
    TextBody: fc.constant('x'),
    MessageStream: fc.constant('broadcast'),
    Messages: fc.array(fc.record({ To: address }), { maxLength: 2 }),
  }),
  'POST /message-streams/{id}/suppressions': suppressions,
  'POST /message-streams/{id}/suppressions/delete': suppressions,
  'POST /servers': server,
  'PUT /servers/{id}': server,
  'PUT /server': server,
  'POST /webhooks': webhook,
  'PUT /webhooks/{id}': webhook,
  'POST /triggers/inboundRules': body({ Rule: fc.constantFrom('example.com', 'jane@example.com', 'x') }),
  'POST /message-streams': body({
    ID: fc.constantFrom('extra', 'more'),
    Name: fc.constant('x'),
    MessageStreamType: fc.constant('Transactional'),
  }),
  'PATCH /message-streams/{id}': body({ Name: fc.constant('y') }),
  'POST /templates': template,
  'PUT /templates/{id}': template,
  'POST /templates/validate': template,
  'PUT /templates/push': body({
    SourceServerID: fc.constantFrom(10_000_001, 7),
    DestinationServerID: fc.constant(10_000_002),
    PerformChanges: fc.boolean(),
  }),
  'POST /domains': body({ Name: fc.constantFrom('x.example.com', domain), ReturnPathDomain: maybe(fc.constant('pm.x.example.com')) }),
  'PUT /domains/{id}': body({ ReturnPathDomain: fc.constant('pm.x.example.com') }),
  'POST /senders': body({ FromEmail: fc.constantFrom('s@example.com', 's@gmail.com'), Name: fc.constant('S') }),
  'PUT /senders/{id}': body({ Name: fc.constant('S') }),
  'POST /data-removals': body({ RequestedBy: address, RequestedFor: address, NotifyWhenCompleted: fc.boolean() }),
};

/** `#n`: the n-th of the things there are of the path's kind, newest first; the rest is as it stands. */
const id = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3).map((n) => `#${n}`) },
  { weight: 3, arbitrary: stream },
  {
    weight: 2,
    arbitrary: fc.constantFrom('welcome', '1', '0', '-1', '99999999999999999999', 'constructor', '%00', '%2e%2e', '%', 'ü', '%F0%9F', ' '),
  },
);

const queryNames =
  'count offset fromdate todate tag messagestream recipient status type inactive emailFilter subject metadata_jobId name MessageStream Origin SuppressionReason EmailAddress platform verify templateType paginationKey'.split(
    ' ',
  );
const queryValue = fc.oneof(
  fc.constantFrom(
    '1',
    '500',
    '501',
    '-1',
    '0',
    'x',
    '',
    'outbound',
    'true',
    'all',
    'HardBounce',
    '2026-09-05',
    '2026-09-05T12:00:00',
    '0000-01-01',
    '9999-12-31',
    '+',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const page: [string, string][] = [
  ['count', '100'],
  ['offset', '0'],
];
const query = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(fc.constantFrom(...queryNames), queryValue), { maxLength: 3 }))
  .map(([paged, pairs]) => new URLSearchParams(paged ? [...page, ...pairs] : pairs).toString());

const call: fc.Arbitrary<ApiCall> = fc.constantFrom(...routes).chain((route) =>
  fc.record({
    kind: fc.constant('call' as const),
    method: fc.constant(route.method),
    needs: fc.constant(route.token),
    path: fc.array(id, { minLength: 2, maxLength: 2 }).map((ids) => ids.reduce((path, each) => path.replace('{id}', each), route.path)),
    token: fc.oneof(
      { weight: 20, arbitrary: fc.constant('own' as const) },
      { weight: 1, arbitrary: fc.constantFrom<Token[]>('none', 'wrong', 'both', 'test') },
    ),
    query,
    body:
      route.method === 'GET'
        ? fc.constant(undefined)
        : fc.oneof(
            { weight: 8, arbitrary: bodies[`${route.method} ${route.path}`] ?? fc.constant({}) },
            { weight: 1, arbitrary: maybe(odd) },
          ),
  }),
);

/** Sends come often: without mail there is nothing for the others to be about. */
const send = fc.record({
  kind: fc.constant('call' as const),
  method: fc.constant('POST'),
  needs: fc.constant('server' as const),
  path: fc.constant('/email'),
  token: fc.constant('own' as const),
  query: fc.constant(''),
  body: email,
});

const event = fc.record({
  kind: fc.constant('event' as const),
  type: fc.constantFrom('Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange'),
  which: fc.nat(5),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: call },
  { weight: 4, arbitrary: send },
  { weight: 3, arbitrary: event },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('inbound' as const), from: fc.constantFrom('jane@example.com', 'x@y.org') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('advance' as const), minutes: fc.constantFrom(0.1, 30, 1500) }) },
);
