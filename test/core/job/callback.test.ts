/** What a provider callback says, or why it cannot be read: a callback that is read can be stored and acted on. */
import { describe, expect, test } from 'vitest';
import { type ReadCallback, readCallback } from '../../../service/core/job/callback.ts';

const jobId = '0199aaaa-0000-7000-8000-000000000042';
const base = { MessageID: 'm-1', Metadata: { jobId } };
const bodies: Record<string, Record<string, unknown>> = {
  Delivery: { ...base, RecordType: 'Delivery', Recipient: 'Bob@Example.com', DeliveredAt: '2026-03-01T12:00:00Z' },
  Bounce: {
    ...base,
    RecordType: 'Bounce',
    ID: 42,
    Type: 'HardBounce',
    Email: 'bob@example.com',
    BouncedAt: '2026-03-01T07:00:00.1234567-05:00',
  },
  SpamComplaint: {
    ...base,
    RecordType: 'SpamComplaint',
    ID: 43,
    Type: 'SpamComplaint',
    Email: 'bob@example.com',
    BouncedAt: '2026-03-01T12:00:00Z',
  },
  Open: { ...base, RecordType: 'Open', Recipient: 'bob@example.com', ReceivedAt: '2026-03-01T12:00:00Z' },
  Click: {
    ...base,
    RecordType: 'Click',
    Recipient: 'bob@example.com',
    ReceivedAt: '2026-03-01T12:00:00Z',
    OriginalLink: 'https://example.com/1',
  },
  SubscriptionChange: {
    ...base,
    RecordType: 'SubscriptionChange',
    Recipient: 'bob@example.com',
    ChangedAt: '2026-03-01T12:00:00Z',
    SuppressSending: true,
    SuppressionReason: 'ManualSuppression',
  },
};
const with_ = (recordType: string, change: Record<string, unknown>): string => JSON.stringify({ ...bodies[recordType], ...change });
const without = (recordType: string, field: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(bodies[recordType] ?? {}).filter(([key]) => key !== field)));
const event = (read: ReadCallback) => {
  if (read.kind !== 'event') throw new Error(`malformed: ${read.code}, ${read.detail}`);
  return read;
};

test.each(Object.keys(bodies))('%s is read with its job, message, recipient and time', (recordType) => {
  expect(event(readCallback(with_(recordType, {})))).toMatchObject({
    recordType,
    jobEId: jobId,
    messageId: 'm-1',
    recipient: 'bob@example.com',
    occurredAt: new Date(recordType === 'Bounce' ? '2026-03-01T12:00:00.123Z' : '2026-03-01T12:00:00.000Z'),
  });
});

test('the kind of bounce is kept, and nothing is taken for one elsewhere', () => {
  expect(event(readCallback(with_('Bounce', {}))).bounceType).toBe('HardBounce');
  expect(event(readCallback(with_('SubscriptionChange', { Type: 'HardBounce' }))).bounceType).toBeNull();
});

describe('the job id', () => {
  test.each([
    ['any spelling of the key', { JOBID: jobId }, jobId],
    ['upper case', { jobId: jobId.toUpperCase() }, jobId],
    ['no metadata', null, null],
    ['metadata of another kind', 'jobId', null],
    ['another key', { job: jobId }, null],
    ['not a UUID', { jobId: 'x' }, null],
    ['a number', { jobId: 7 }, null],
  ])('%s', (_name, metadata, expected) => {
    expect(event(readCallback(with_('Delivery', { Metadata: metadata }))).jobEId).toBe(expected);
  });
});

describe('what an event needs to be acted on', () => {
  test.each([
    ['a bounce without its kind', without('Bounce', 'Type')],
    ['a delivery of neither a message nor a job', with_('Delivery', { MessageID: null, Metadata: {} })],
    ['an opening of nothing', with_('Open', { MessageID: '', Metadata: null })],
  ])('%s is malformed', (_what, body) => {
    expect(readCallback(body)).toMatchObject({ kind: 'malformed', code: 'missing_field' });
  });
  test.each([
    ['a message whose job is not named', with_('Delivery', { Metadata: {} })],
    ['a job whose message is not named', without('Delivery', 'MessageID')],
    ['a subscription that hangs on no message', with_('SubscriptionChange', { MessageID: null, Metadata: {} })],
  ])('%s is enough', (_what, body) => {
    expect(readCallback(body).kind).toBe('event');
  });
});

describe('without a trace id, events are told apart by what they say', () => {
  const key = (recordType: string, change: Record<string, unknown> = {}) => event(readCallback(with_(recordType, change))).fallbackKey;
  test('the same event has the same key', () => expect(key('Delivery')).toBe(key('Delivery', { Details: 'other words' })));
  test.each([
    ['another type', key('Open'), key('Click')],
    ['another message', key('Delivery'), key('Delivery', { MessageID: 'm-2' })],
    ['another recipient', key('Delivery'), key('Delivery', { Recipient: 'eve@example.com' })],
    ['another time', key('Delivery'), key('Delivery', { DeliveredAt: '2026-03-01T12:00:01Z' })],
    ['another bounce', key('Bounce'), key('Bounce', { ID: 99 })],
    ['another message of the same number', key('Bounce'), key('Bounce', { MessageID: 'm-2' })],
    ['another link', key('Click'), key('Click', { OriginalLink: 'https://example.com/2' })],
  ])('%s', (_name, one, other) => expect(one).not.toBe(other));
});

describe('what cannot be read says why', () => {
  const rows: [name: string, body: string, code: string][] = [
    ['nothing', '', 'not_json'],
    ['not JSON', '{', 'not_json'],
    ['a list', '[]', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['a text', '"x"', 'not_an_object'],
    ['no record type', '{}', 'unknown_record_type'],
    ['another record type', with_('Delivery', { RecordType: 'Inbound' }), 'unknown_record_type'],
    ['a record type that is no text', with_('Delivery', { RecordType: 7 }), 'unknown_record_type'],
    ['a name every object has', with_('Delivery', { RecordType: 'constructor' }), 'unknown_record_type'],
    ['no time', without('Delivery', 'DeliveredAt'), 'missing_field'],
    ['another time', with_('Delivery', { DeliveredAt: 'yesterday' }), 'missing_field'],
    ['a time before there was mail', with_('Delivery', { DeliveredAt: '-000001-01-01T00:00:00Z' }), 'missing_field'],
    ['a time beyond four digits of years', with_('Delivery', { DeliveredAt: '+012026-01-01T00:00:00Z' }), 'missing_field'],
    ['no recipient', without('Bounce', 'Email'), 'missing_field'],
    ['a change without its direction', without('SubscriptionChange', 'SuppressSending'), 'missing_field'],
    ['a change in no direction', with_('SubscriptionChange', { SuppressSending: 'maybe' }), 'missing_field'],
    ['a NUL', with_('Delivery', { Details: 'a\u0000b' }), 'unstorable'],
    ['a NUL in a key', with_('Delivery', { 'a\u0000b': 1 }), 'unstorable'],
    ['what is nested without end', `${with_('Delivery', {}).slice(0, -1)},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'unstorable'],
    ['half a surrogate pair', with_('Delivery', { Details: '\ud83d' }), 'unstorable'],
  ];
  test.each(rows)('%s', (_name, body, code) => expect(readCallback(body)).toMatchObject({ kind: 'malformed', code }));

  test.each([
    ['a whole pair', '😀'],
    ['a backslash before u0000', '\\u0000'],
    ['two backslashes', '\\\\u0000'],
  ])('%s is text as any other', (_name, text) =>
    expect(event(readCallback(with_('Delivery', { Details: text }))).recordType).toBe('Delivery'),
  );

  test.each([[{ toString: 1 }], [{ toString: 'x', valueOf: 1 }], [[]], [null], [true]])('an ID of %j is none', (id) => {
    expect(event(readCallback(with_('Bounce', { ID: id }))).fallbackKey).toBe(event(readCallback(without('Bounce', 'ID'))).fallbackKey);
  });

  test('an address of another form is kept without a recipient to act on', () => {
    expect(event(readCallback(with_('Bounce', { Email: 'not an address' }))).recipient).toBeNull();
  });
});
