import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sandboxClock, systemClock } from '../../service/ports/clock.ts';
import type { DomainClock } from '../../service/ports/ports.ts';
import { closedPort } from './support/localServer.ts';

/** A control port whose clock is moved by hand. */
async function control() {
  const streams: ServerResponse[] = [];
  const settled: unknown[] = [];
  let watchers = 0;
  const server = createServer(async (request, response) => {
    if (request.url === '/clock/watch') {
      watchers += 1;
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      streams.push(response);
      response.write(`${JSON.stringify({ watcher: `w${watchers}`, seq: 0, nowMs: Date.now() + offsetMs, offsetMs })}\n`);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    settled.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(200).end('{}');
  });
  let offsetMs = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    settled,
    watchers: () => watchers,
    openConnections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    step: (seq: number, offset: number, text = '') => {
      offsetMs = offset;
      streams.at(-1)?.write(text || `${JSON.stringify({ seq, nowMs: Date.now() + offset, offsetMs: offset, settle: true })}\n`);
    },
    restart: (offset: number) => {
      offsetMs = offset;
      streams.at(-1)?.destroy();
    },
  };
}

const closing = <C extends DomainClock>(clock: C): C => {
  onTestFinished(() => clock.close());
  return clock;
};
const hourMs = 3_600_000;
const aheadMs = (clock: DomainClock): number => clock.now().getTime() - Date.now();

describe('the clock of a sandbox', () => {
  it('has the sandbox’s offset as soon as it is there', async () => {
    const outside = await control();
    outside.step(0, hourMs);
    const clock = closing(await sandboxClock(outside.url));
    expect(aheadMs(clock)).toBeGreaterThan(hourMs - 1000);
  });

  it('each step is settled and answered with what is due next, in order', async () => {
    const outside = await control();
    const clock = closing(await sandboxClock(outside.url));
    const seen: number[] = [];
    clock.follow(async () => {
      seen.push(Math.round(aheadMs(clock) / hourMs));
      return { exact: new Date(1000), poll: seen.length === 1 ? new Date(2000) : null };
    });
    outside.step(1, hourMs);
    outside.step(2, 2 * hourMs);
    await vi.waitFor(() => expect(outside.settled).toHaveLength(2));
    expect(seen).toEqual([1, 2]);
    expect(outside.settled).toEqual([
      { watcher: 'w1', seq: 1, exactMs: 1000, pollMs: 2000 },
      { watcher: 'w1', seq: 2, exactMs: 1000, pollMs: null },
    ]);
  });

  it('a step before anybody follows is answered with nothing due: an advance does not hang on a service that starts', async () => {
    const outside = await control();
    closing(await sandboxClock(outside.url));
    outside.step(1, hourMs);
    await vi.waitFor(() => expect(outside.settled).toEqual([{ watcher: 'w1', seq: 1, exactMs: null, pollMs: null }]));
  });

  it('a step that cannot be settled is answered all the same, and told of', async () => {
    const outside = await control();
    const faults: unknown[] = [];
    const clock = closing(await sandboxClock(outside.url, { onFault: (error) => faults.push(error) }));
    clock.follow(async () => {
      throw new Error('database down');
    });
    outside.step(1, hourMs);
    await vi.waitFor(() => expect(outside.settled).toHaveLength(1));
    expect(faults).toEqual([new Error('database down')]);
    clock.follow(async () => ({ exact: null, poll: new Date(5) }));
    outside.step(2, hourMs);
    await vi.waitFor(() => expect(outside.settled[1]).toMatchObject({ seq: 2, pollMs: 5 }));
  });

  it('is watched again when the sandbox was restarted, and never goes back', async () => {
    const outside = await control();
    outside.step(0, hourMs);
    const clock = closing(await sandboxClock(outside.url));
    const before = clock.now();
    outside.restart(0);
    await vi.waitFor(() => expect(outside.watchers()).toBe(2));
    outside.step(1, 0);
    await vi.waitFor(() => expect(outside.settled).toEqual([{ watcher: 'w2', seq: 1, exactMs: null, pollMs: null }]));
    expect(clock.now().getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  it('a line that is no step ends the stream, and a new one is opened', async () => {
    const outside = await control();
    closing(await sandboxClock(outside.url));
    outside.step(1, 0, 'nonsense\n');
    await vi.waitFor(() => expect(outside.watchers()).toBe(2));
  });

  it('fails clearly when there is no sandbox', async () => {
    const url = await closedPort();
    await expect(sandboxClock(url, { firstLineTimeoutMs: 50 })).rejects.toThrow(`no clock at ${url}/clock/watch within 50 ms`);
  });

  it('closes without reconnecting', async () => {
    const outside = await control();
    const clock = await sandboxClock(outside.url);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timers.mockRestore());
    await clock.close();
    await vi.waitFor(async () => expect(await outside.openConnections()).toBe(0));
    await new Promise(setImmediate);
    const reconnectMs = 100;
    expect(timers.mock.calls.filter(([, ms]) => ms === reconnectMs)).toEqual([]);
  });
});

describe('the system’s clock', () => {
  it('is the machine’s', () => {
    expect(Math.abs(systemClock().now().getTime() - Date.now())).toBeLessThan(1000);
  });
});
