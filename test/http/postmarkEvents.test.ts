import { beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../service/store/pool.ts';
import { webhookSignatureOf } from '../../service/work/webhookCredential.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operatorKey, previousOperatorKey, sendableConfiguration, signingKey, type TestApp, testApp } from './support/testApp.ts';

let database: TestDatabase;
let test: TestApp;
let routingToken: string;
let signature: string;

beforeAll(async () => {
  database = await createTestDatabase();
  test = await testApp(database);
  const eId = await sendableConfiguration(test);
  const row = await database.pool.one(sql.typeAlias('id')`select routing_token as id from configuration where e_id = ${eId}`);
  routingToken = test.ctx.keyring.open('', 'routing-token', row.id);
  const server = await database.pool.one(sql.typeAlias('count')`select server_id as count from configuration where e_id = ${eId}`);
  signature = webhookSignatureOf(signingKey, routingToken, server.count);
});

const delivery = (messageId: string) => ({
  RecordType: 'Delivery',
  ServerID: 1,
  MessageStream: 'outbound',
  MessageID: messageId,
  Recipient: 'ada@example.com',
  DeliveredAt: '2026-03-01T12:00:00.1234567Z',
  Metadata: {},
});

type Sent = {
  payload?: string | Buffer;
  contentType?: string | null;
  bearer?: string | null;
  signed?: string | null;
  token?: string;
  trace?: string;
};
const callBack = async ({
  payload = JSON.stringify(delivery('m')),
  contentType = 'application/json',
  bearer = operatorKey,
  signed = signature,
  token = routingToken,
  trace,
}: Sent = {}) => {
  const response = await test.app.inject({
    method: 'POST',
    url: `/v1/shop-access/email/job/postmark-events/${token}`,
    headers: {
      ...(contentType === null ? {} : { 'content-type': contentType }),
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(signed === null ? {} : { 'x-postroute-signature': signed }),
      ...(trace === undefined ? {} : { 'x-pm-webhook-trace-id': trace }),
    },
    payload,
  });
  return { status: response.statusCode, body: response.json() as Record<string, unknown>, requestId: response.headers['x-request-id'] };
};
const countOf = async (table: 'email_event' | 'malformed_event') =>
  (await database.pool.one(sql.typeAlias('count')`select count(*) as count from ${sql.identifier([table])}`)).count;

describe('POST /job/postmark-events/{routingToken}', () => {
  it('answers 200 {} with the event on disk, also when it comes again', async () => {
    const before = await countOf('email_event');
    for (let times = 0; times < 3; times += 1) {
      const { status, body, requestId } = await callBack({ payload: JSON.stringify(delivery('m-1')), trace: 't-1' });
      expect([status, body]).toEqual([200, {}]);
      expect(requestId).toBeDefined();
    }
    expect(await countOf('email_event')).toBe(before + 1);
  });

  it('takes the previous key during a rotation', async () => {
    expect((await callBack({ payload: JSON.stringify(delivery('m-2')), bearer: previousOperatorKey })).status).toBe(200);
  });

  it.each<[string, Sent, number]>([
    ['an unknown bearer comes again later', { bearer: 'neither-current-nor-previous' }, 503],
    ['no bearer is refused', { bearer: null }, 401],
    ['no signature is refused', { signed: null }, 401],
    ['a wrong signature is refused', { signed: `v1=${'0'.repeat(64)}` }, 401],
    ['an unknown routing token is not found', { token: 'unknown' }, 404],
    ['a routing token beyond all length is not found', { token: 'x'.repeat(4000) }, 404],
    ['a routing token that is no text is not found', { token: '%ff' }, 404],
  ])('%s, and stores nothing', async (_what, sent, status) => {
    const before = [await countOf('email_event'), await countOf('malformed_event')];
    const answer = await callBack(sent);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain(routingToken);
    expect([await countOf('email_event'), await countOf('malformed_event')]).toEqual(before);
  });

  it.each<[string, Sent]>([
    ['nothing', { payload: '' }],
    ['nothing, without a type', { payload: '', contentType: null }],
    ['text', { payload: 'hello', contentType: 'text/plain' }],
    ['a form', { payload: 'a=b', contentType: 'application/x-www-form-urlencoded' }],
    ['a type that is none', { payload: '{}', contentType: 'nonsense;;;' }],
    ['half of an object', { payload: '{"RecordType":' }],
    ['an array', { payload: '[]' }],
    ['an unknown record', { payload: '{"RecordType":"Teleport"}' }],
    ['bytes', { payload: Buffer.from([0xff, 0x00, 0xfe]) }],
    ['NUL in a text', { payload: JSON.stringify({ ...delivery('m-3'), MessageID: 'a\u0000b' }) }],
    ['a lone surrogate', { payload: '{"RecordType":"Delivery","MessageID":"\\ud800"}' }],
    ['a poisoned prototype', { payload: '{"__proto__":{}}' }],
    ['depth without end', { payload: '['.repeat(100_000) }],
    ['more than a megabyte', { payload: JSON.stringify({ ...delivery('m-4'), Details: 'x'.repeat(3 * 1024 * 1024) }) }],
  ])('keeps %s as malformed and answers 200: Postmark never sees another refusal', async (_what, sent) => {
    const before = await countOf('malformed_event');
    expect((await callBack(sent)).status).toBe(200);
    expect(await countOf('malformed_event')).toBe(before + 1);
  });
});
