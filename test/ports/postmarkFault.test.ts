import { describe, expect, it, vi } from 'vitest';
import { PortFault } from '../../service/core/portFault.ts';
import { postmarkClient } from '../../service/ports/postmarkClient.ts';
import { postmarkDomains } from '../../service/ports/postmarkDomains.ts';
import { postmarkServers } from '../../service/ports/postmarkServers.ts';
import { postmarkWebhooks } from '../../service/ports/postmarkWebhooks.ts';
import { type Answer, closedPort, cut, cutInBody, json, localServer, silence, stallInBody } from './support/localServer.ts';

const clientOf = (baseUrl: string, timeoutMs = 2000, concurrencyMax = 10) => postmarkClient({ baseUrl, timeoutMs, concurrencyMax });

const faultOf = async (call: Promise<unknown>): Promise<PortFault> => {
  const error = await call.then(
    () => null,
    (each: unknown) => each,
  );
  if (!(error instanceof PortFault)) throw new Error(`expected a PortFault, got ${String(error)}`);
  return error;
};

const problem = (status: number, code: number): Answer => json(status, { ErrorCode: code, Message: 'words of the provider' });
const text =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status).end(body);
  };

describe('what an answer of Postmark means is decided by the pair (HTTP status, ErrorCode)', () => {
  it.each([
    ['422/603, the name exists', problem(422, 603), { class: 'refused', httpStatus: 422, code: '603' }],
    ['422/614, the plan is full', problem(422, 614), { class: 'refused', httpStatus: 422, code: '614' }],
    ['422/500, which is not an HTTP 500', problem(422, 500), { class: 'refused', httpStatus: 422, code: '500' }],
    ['422/429, which is not an HTTP 429', problem(422, 429), { class: 'refused', httpStatus: 422, code: '429' }],
    ['401/10, a bad token', problem(401, 10), { class: 'refused', httpStatus: 401, code: '10' }],
    ['404, unknown', problem(404, 12), { class: 'refused', httpStatus: 404, code: '12' }],
    ['413 without a body of Postmark’s', text(413, 'too large'), { class: 'refused', httpStatus: 413, code: null }],
    ['415', problem(415, 409), { class: 'refused', httpStatus: 415, code: '409' }],
    ['429', problem(429, 429), { class: 'throttled', httpStatus: 429, code: '429' }],
    ['429 from a proxy', text(429, 'slow down'), { class: 'throttled', httpStatus: 429, code: null }],
    ['503/100, maintenance', problem(503, 100), { class: 'unavailable', httpStatus: 503, code: '100' }],
    ['500/101', problem(500, 101), { class: 'unknown', httpStatus: 500, code: '101' }],
    ['502 from a proxy', text(502, '<html>'), { class: 'unknown', httpStatus: 502, code: null }],
    ['504 from a proxy', text(504, ''), { class: 'unknown', httpStatus: 504, code: null }],
    ['408 from a proxy', text(408, ''), { class: 'unknown', httpStatus: 408, code: null }],
    [
      '422 with null for code and message',
      json(422, { ErrorCode: null, Message: null }),
      { class: 'refused', httpStatus: 422, code: null },
    ],
    ['a cut before the answer', cut, { class: 'unknown', httpStatus: null, code: null }],
    ['a cut in the middle of the body', cutInBody, { class: 'unknown', httpStatus: null, code: null }],
    ['200 with an empty body', text(200, ''), { class: 'unknown', httpStatus: 200, code: null }],
    ['200 with something else than JSON', text(200, 'OK'), { class: 'unknown', httpStatus: 200, code: null }],
    ['200 with a server that has no tokens', json(200, { ID: 1, Name: 'x' }), { class: 'unknown', httpStatus: 200, code: null }],
  ] as const)('%s', async (_, answer, expected) => {
    const server = await localServer(answer);
    const fault = await faultOf(postmarkServers(clientOf(server.url), 'account-token').createServer('x'));
    expect(fault.detail).toMatchObject({ provider: 'postmark', operation: 'POST /servers', ...expected });
    expect(server.received).toHaveLength(1);
  });

  it('a connection that was refused is provably not done', async () => {
    const fault = await faultOf(postmarkServers(clientOf(await closedPort()), 'account-token').createServer('x'));
    expect(fault.class).toBe('unavailable');
  });

  it('a name that does not resolve is provably not done', async () => {
    const fault = await faultOf(postmarkServers(clientOf('http://no-such-host.invalid'), 'account-token').createServer('x'));
    expect(fault.class).toBe('unavailable');
  });
});

describe('guards around the client', () => {
  it('a call that is not answered ends at its deadline, as unknown', async () => {
    const server = await localServer(silence);
    const fault = await faultOf(postmarkServers(clientOf(server.url, 60), 'account-token').createServer('x'));
    expect(fault.class).toBe('unknown');
    expect(fault.message).toContain('no answer within 60 ms');
  });

  it('a body that never ends is cut off at the deadline too, and its socket is closed', async () => {
    const server = await localServer(stallInBody);
    const fault = await faultOf(postmarkServers(clientOf(server.url, 60), 'account-token').createServer('x'));
    expect(fault.class).toBe('unknown');
    await vi.waitFor(async () => expect(await server.openConnections()).toBe(0));
  });

  it.each([301, 302, 307, 308])('a redirect %i is not followed: the token stays with Postmark', async (status) => {
    const elsewhere = await localServer(json(200, { ID: 1, Name: 'x', ApiTokens: ['t'] }));
    const server = await localServer((response) => response.writeHead(status, { location: `${elsewhere.url}/servers` }).end());
    const fault = await faultOf(postmarkServers(clientOf(server.url), 'account-token').createServer('x'));
    expect(fault.class).toBe('unknown');
    expect(elsewhere.received).toEqual([]);
  });

  it('no more calls than allowed are under way, and the others follow in turn', async () => {
    let underWay = 0;
    let most = 0;
    const server = await localServer((response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        json(200, { TotalCount: 0, Servers: [] })(response, { method: '', url: '', headers: {}, body: '' });
      });
    });
    const servers = postmarkServers(clientOf(server.url, 2000, 3), 'account-token');
    await Promise.all(Array.from({ length: 20 }, () => servers.listServers(0)));
    expect(server.received).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(3);
    // The client may open a socket before the last answer on another is wholly read; without the cap this is 20.
    expect(await server.openConnections()).toBeLessThanOrEqual(6);
  });

  it('a call that fails gives its slot back', async () => {
    const server = await localServer(cut);
    const servers = postmarkServers(clientOf(server.url, 2000, 1), 'account-token');
    await faultOf(servers.listServers(0));
    server.answer(json(200, { TotalCount: 0, Servers: [] }));
    await expect(servers.listServers(0)).resolves.toEqual({ total: 0, servers: [] });
  });

  it('a base URL may have a path', async () => {
    const server = await localServer(json(200, { TotalCount: 0, Servers: [] }));
    await postmarkServers(clientOf(`${server.url}/gateway/`), 'account-token').listServers(500);
    expect(server.received[0]?.url).toBe('/gateway/servers?count=500&offset=500');
  });
});

describe('no fault repeats a secret', () => {
  it('the account token, when Postmark repeats it', async () => {
    const server = await localServer(json(401, { ErrorCode: 10, Message: 'account-token is not valid' }));
    const fault = await faultOf(postmarkServers(clientOf(server.url), 'account-token').createServer('x'));
    expect(fault.message).not.toContain('account-token');
  });

  it('the URL of a webhook and its headers, when Postmark repeats them', async () => {
    const url = 'https://svc.example/job/postmark-events/ROUTING';
    const headers = { authorization: 'Bearer BEARER', signature: 'v1=SIGNATURE' };
    const server = await localServer(
      json(422, { ErrorCode: 1354, Message: `${url} ROUTING ${headers.authorization} ${headers.signature} server-token` }),
    );
    const fault = await faultOf(postmarkWebhooks(clientOf(server.url)).createWebhook('server-token', url, headers));
    expect(fault.detail.code).toBe('1354');
    expect(fault.message).not.toMatch(/ROUTING|BEARER|SIGNATURE|server-token/);
  });
});

describe('removing what is gone has the result that was wanted', () => {
  it.each([
    [404, 12],
    [422, 510],
    [422, 501],
    [500, 501],
  ])('deleting a domain answered %i/%i is absent', async (status, code) => {
    const server = await localServer(problem(status, code));
    await expect(postmarkDomains(clientOf(server.url), 'account-token').deleteDomain(7)).resolves.toBe('absent');
  });

  it('deleting a webhook answered 422/1352 is absent', async () => {
    const server = await localServer(problem(422, 1352));
    await expect(postmarkWebhooks(clientOf(server.url)).deleteWebhook('server-token', 7)).resolves.toBe('absent');
  });

  it('deleting a server that may not be deleted is refused with 604', async () => {
    const server = await localServer(problem(422, 604));
    const fault = await faultOf(postmarkServers(clientOf(server.url), 'account-token').deleteServer(7));
    expect(fault.refusedWith(604)).toBe(true);
  });
});
