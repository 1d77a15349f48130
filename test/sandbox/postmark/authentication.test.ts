import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToken, mailTo, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let token: string;

beforeEach(async () => {
  postmark = await startPostmark();
  token = (await postmark.newServer()).token;
});
afterEach(() => postmark.close());

describe('tokens', () => {
  const noToken =
    'No Account or Server API tokens were supplied in the HTTP headers. Please add a header for either X-Postmark-Server-Token or X-Postmark-Account-Token.';
  const cases = [
    ['no token at all', () => postmark.call('GET', '/servers?count=1&offset=0'), noToken],
    [
      'an unknown server token',
      () => postmark.call('GET', '/server', { server: 'nonsense' }),
      'Request does not contain a valid Server token.',
    ],
    [
      'an unknown account token',
      () => postmark.call('GET', '/servers', { account: 'nonsense' }),
      'Request does not contain a valid Account token.',
    ],
    [
      'an account token on the Server API',
      () => postmark.call('GET', '/server', { account: accountToken }),
      'Request does not contain a valid Server token.',
    ],
    [
      'a server token on the Account API',
      () => postmark.call('GET', '/servers', { server: token }),
      'Request does not contain a valid Account token.',
    ],
    [
      'both tokens on the Server API',
      () => postmark.call('GET', '/server', { server: token, account: accountToken }),
      'Please do not include Account API Token for Server API Token calls.',
    ],
  ] as const;

  it.each(cases)('%s is 401 with ErrorCode 10, in the body and in X-PM-ApiErrorCode', async (_case, call, message) => {
    const answer = await call();
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ ErrorCode: 10, Message: message });
    expect(answer.headers.get('X-PM-ApiErrorCode')).toBe('10');
  });

  it('are compared without regard to case', async () => {
    expect((await postmark.call('GET', '/server', { server: token.toUpperCase() })).status).toBe(200);
    expect((await postmark.call('GET', '/domains?count=1&offset=0', { account: accountToken.toUpperCase() })).status).toBe(200);
  });

  it('an unauthenticated call says nothing of what is wrong with its body', async () => {
    expect((await postmark.call('POST', '/email', { server: 'nonsense', raw: '{' })).body).toMatchObject({ ErrorCode: 10 });
  });
});

describe('POSTMARK_API_TEST', () => {
  it('accepts a message from a sender nobody verified, and keeps nothing', async () => {
    const answer = await postmark.serverClient('POSTMARK_API_TEST').sendEmail(mailTo('a@example.com'));
    expect(answer).toMatchObject({ ErrorCode: 0, Message: 'Test job accepted', To: 'a@example.com' });
    expect(postmark.room.mail({})).toEqual({ items: [] });
  });

  it('still refuses what is wrong with the message', async () => {
    const sent = postmark.serverClient('POSTMARK_API_TEST').sendEmail({ ...mailTo('a@example.com'), TextBody: '' });
    await expect(sent).rejects.toMatchObject({ code: 300, statusCode: 422 });
  });

  it('answers a batch item by item', async () => {
    const answers = await postmark.serverClient('postmark_api_test').sendEmailBatch([mailTo('a@example.com'), mailTo('nobody')]);
    expect(answers.map(({ ErrorCode }) => ErrorCode)).toEqual([0, 300]);
  });

  it('opens nothing else', async () => {
    await expect(postmark.serverClient('POSTMARK_API_TEST').getServer()).rejects.toMatchObject({ statusCode: 401, code: 10 });
  });
});

describe('paths and media types', () => {
  it.each(['/DOMAINS?count=1&offset=0', '/domains/?count=1&offset=0', '/domains?COUNT=1&OffSet=0'])(
    'GET %s is the list of domains',
    async (path) => {
      expect((await postmark.call('GET', path, { account: accountToken })).body).toEqual({ TotalCount: 0, Domains: [] });
    },
  );

  it.each([
    ['GET', '/nothing'],
    ['PATCH', '/servers/1'],
    ['GET', '/'],
    ['GET', '/domains/1/2/3'],
  ])('%s %s is 404 with ErrorCode 12', async (method, path) => {
    const answer = await postmark.call(method, path, { account: accountToken });
    expect([answer.status, answer.body]).toEqual([404, expect.objectContaining({ ErrorCode: 12 })]);
  });

  it.each([{ 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }, { accept: 'text/html' }])(
    '%o is 415 with ErrorCode 409 in the body',
    async (headers) => {
      const answer = await postmark.call('POST', '/email', { server: token, headers, body: {} });
      expect(answer.status).toBe(415);
      expect(answer.body).toEqual({
        ErrorCode: 409,
        Message: 'Content-Type and Accept headers must be set to application/json, text/json, or text/x-json.',
      });
    },
  );

  it('a body without a Content-Type is 415, and a call without a body needs none', async () => {
    const bare = async (path: string, body: string | null) => {
      const sent = request(`http://${postmark.host}${path}`, { method: 'POST', headers: { 'X-Postmark-Server-Token': token } });
      sent.end(body ?? undefined);
      const [response] = await once(sent, 'response');
      response.resume();
      return response.statusCode;
    };
    expect(await bare('/email', '{}')).toBe(415);
    expect(await bare('/message-streams/broadcast/archive', null)).toBe(200);
    expect(await bare('/email', null)).toBe(422);
  });

  it.each(['application/json; charset=utf-8', 'text/json', 'text/x-json'])('%s is JSON', async (type) => {
    const answer = await postmark.call('POST', '/email', { server: token, headers: { 'content-type': type }, body: {} });
    expect(answer.status).toBe(422);
  });

  it('an empty body with a JSON content type is no broken JSON', async () => {
    const domain = await postmark.account.createDomain({ Name: `acme.${zone}` });
    const answer = await postmark.call('PUT', `/domains/${domain.ID}/verifyDkim`, { account: accountToken });
    expect(answer.status).toBe(200);
  });

  it.each(['{', '"text"', '[]', 'null', '12'])('the body %s is 402 where an object is expected', async (raw) => {
    const answer = await postmark.call('POST', '/email', { server: token, raw });
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: 402, Message: 'Received invalid JSON input.' }]);
  });

  it('an unknown field is 403 and is named', async () => {
    const answer = await postmark.call('POST', '/servers', { account: accountToken, body: { Name: 'x', Nmae: 'y' } });
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: 403, Message: "Invalid request field(s): 'Nmae'." }]);
  });

  it('paging needs count and offset, at most 500 a page', async () => {
    const codes = [];
    for (const query of ['', '?count=5', '?offset=0', '?count=501&offset=0', '?count=x&offset=0', '?count=1&offset=-1']) {
      const answer = await postmark.call('GET', `/servers${query}`, { account: accountToken });
      codes.push([answer.status, answer.headers.get('X-PM-ApiErrorCode')]);
    }
    expect(codes).toEqual(Array.from({ length: 6 }, () => [422, '600']));
  });
});
