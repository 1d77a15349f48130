import { connect } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld } from '../../../sandbox/world/createWorld.ts';
import { type HttpRoom, serveHttp } from '../../../sandbox/world/httpRim.ts';
import type { FaultKind } from '../../../sandbox/world/world.ts';

const world = createWorld({ seed: 1 });
let handled: string[] = [];

const answer = (status: number, body: string) => ({ status, headers: { 'content-type': 'text/plain' }, body });

const room: HttpRoom = {
  service: 'kms',
  bodyLimitBytes: 100,
  operationOf: (request) => (request.path === '/uncounted' ? null : request.path.slice(1)),
  serverOf: (request) => (request.query.has('server') ? Number(request.query.get('server')) : undefined),
  handle: (request) => {
    if (request.path === '/throws') throw new Error('on purpose');
    handled.push(`${request.method} ${request.path} ${request.body}`);
    return answer(200, 'done');
  },
  faultAnswer: (fault, operation) => answer(fault.status ?? 418, `${fault.kind} at ${operation}`),
  crashAnswer: () => answer(500, 'crashed'),
  tooLarge: () => answer(413, 'too large'),
};

const rim = await serveHttp(world, room, { host: '127.0.0.1', port: 0 });
afterAll(() => rim.close());

const call = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${rim.url}${path}`, { method: 'POST', body: 'x', ...init });
  return `${response.status} ${await response.text()}`;
};

const fault = (kind: FaultKind, more: object = {}) => world.faults.add({ service: 'kms', kind, times: 1, ...more });

beforeEach(() => {
  handled = [];
  world.reset();
});

describe('without a fault', () => {
  it('a call is handled, answered and counted', async () => {
    expect(await call('/op')).toBe('200 done');
    expect(handled).toEqual(['POST /op x']);
    expect(world.calls.counts().kms).toEqual({ op: 1 });
  });

  it('a call that belongs to no operation is handled, not counted, and met by no fault', async () => {
    world.faults.add({ service: 'kms', kind: 'cut' });
    expect(await call('/uncounted')).toBe('200 done');
    expect(world.calls.counts().kms).toEqual({});
  });

  it('a handler that throws is answered in the vendor’s shape, and the next call is served', async () => {
    expect(await call('/throws')).toBe('500 crashed');
    expect(await call('/op')).toBe('200 done');
  });

  it('a body over the limit is refused and not handled', async () => {
    expect(await call('/op', { body: 'y'.repeat(101) })).toBe('413 too large');
    expect(handled).toEqual([]);
    expect(await call('/op', { body: 'y'.repeat(100) })).toBe('200 done');
  });

  it('a client that goes away in the middle of its body ends nothing', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(rim.port, rim.host, () => {
        socket.write('POST /op HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nhalf', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect(await call('/op')).toBe('200 done');
  });
});

describe('a fault', () => {
  it.each(['status', 'throttle'] as const)('%s answers as the room says, and nothing happens', async (kind) => {
    fault(kind, { status: 503 });
    expect(await call('/op')).toBe(`503 ${kind} at op`);
    expect(handled).toEqual([]);
  });

  it.each([
    ['timeout-before', 0],
    ['timeout-after', 1],
  ] as const)('%s never answers; the handler ran %i times', async (kind, times) => {
    fault(kind);
    await expect(call('/op', { signal: AbortSignal.timeout(150) })).rejects.toThrow(/timeout/);
    expect(handled).toHaveLength(times);
    expect(world.calls.counts().kms).toEqual({ op: 1 });
  });

  it('cut: the handler ran, and the connection drops without an answer', async () => {
    fault('cut');
    await expect(call('/op')).rejects.toThrow('fetch failed');
    expect(handled).toHaveLength(1);
  });

  it('slow: handled and answered after delayMs', async () => {
    fault('slow', { delayMs: 60 });
    const startedMs = performance.now();
    expect(await call('/op')).toBe('200 done');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55);
  });

  it('slow: it happens, also when the caller gives up first, and then at once', async () => {
    fault('slow', { delayMs: 60_000 });
    const givesUp = new AbortController();
    const asked = call('/op', { signal: givesUp.signal }).catch((cause: Error) => cause.name);
    while (world.calls.counts().kms['op'] === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toEqual([]);
    givesUp.abort();
    expect(await asked).toBe('AbortError');
    while (handled.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(handled).toEqual(['POST /op x']);
  });

  it('meets the named operation and server only', async () => {
    fault('status', { operation: 'OTHER', server: 2 });
    expect(await call('/op?server=2')).toBe('200 done');
    expect(await call('/other?server=1')).toBe('200 done');
    expect(await call('/other?server=2')).toBe('418 status at other');
    expect(await call('/other?server=2')).toBe('200 done');
  });
});

it('closing lets go of calls that were never answered', async () => {
  const other = await serveHttp(world, room, { host: '127.0.0.1', port: 0 });
  world.reset();
  fault('timeout-before');
  const hanging = fetch(`${other.url}/op`).catch((cause: Error) => cause.message);
  while (world.calls.counts().kms['op'] === undefined) await new Promise((resolve) => setImmediate(resolve));
  await other.close();
  expect(await hanging).toBe('fetch failed');
});
