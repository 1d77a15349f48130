/** The same seed and the same calls, over all rooms: the same world to the byte, and the same callbacks at the same domain times. */
import { expect, it } from 'vitest';
import { snapshot } from '../../../sandbox/control/sandboxState.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/start.ts';
import { startReceiver, type WebhookReceiver } from '../postmark/webhookReceiver.ts';
import { playScript } from './script.ts';

/** What differs between any two calls over a network, and is no part of the world. */
const ofTheWire = new Set(['host', 'connection', 'content-length', 'date']);

/** All that is kept, but for where real time stood, and how long each callback took on this machine. */
const savedBytes = (sandbox: Sandbox): string =>
  snapshot(sandbox.world, sandbox.rooms)
    .replace(/"offsetMs":-?\d+/, '')
    .replace(/"(durationMs|tookMs)":[\d.]+/g, '');

/** How long the receiver takes for each call, by how many it has had. */
type Pace = (count: number) => number;

/** Refuses some for now, by what they are: the same ones however they come. */
const refuses = (traceId: string): boolean => /^[0-5]/.test(traceId);

async function played(seed: number, receiver: WebhookReceiver, pace: Pace) {
  const sandbox = await startSandbox({ seed, clock: 'stopped', startAt: Date.parse('2026-01-02T03:04:05.678Z') });
  receiver.received.length = 0;
  const arrivals: string[] = [];
  receiver.answerWith((received, response) => {
    const headers = Object.fromEntries(Object.entries(received.headers).filter(([name]) => !ofTheWire.has(name)));
    const at = new Date(sandbox.world.clock.now()).toISOString();
    arrivals.push(JSON.stringify({ at, path: received.path, headers, body: received.body }));
    const status = refuses(String(headers['x-pm-webhook-trace-id'])) && headers['x-pm-retries-remaining'] === '9' ? 503 : 200;
    setTimeout(() => response.writeHead(status).end('{}'), pace(arrivals.length));
  });
  try {
    await playScript(sandbox, receiver.url);
    const text = async (path: string) => (await fetch(`${sandbox.addresses.control}${path}`)).text();
    return { state: await text('/state'), mail: await text('/mail'), saved: savedBytes(sandbox), arrivals: arrivals.sort() };
  } finally {
    await sandbox.close();
  }
}

it('same seed, same script: byte-equal state and mail, and identical webhooks at identical times, whoever is faster', {
  timeout: 60_000,
}, async () => {
  const receiver = await startReceiver();
  try {
    const one = await played(7, receiver, () => 0);
    // The first of many at once is answered last.
    const again = await played(7, receiver, (count) => Math.max(0, 30 - 3 * count));
    expect(one.arrivals.length).toBeGreaterThan(8);
    expect(again.arrivals).toEqual(one.arrivals);
    expect(again.state).toBe(one.state);
    expect(again.mail).toBe(one.mail);
    expect(again.saved).toBe(one.saved);
    const other = await played(8, receiver, () => 0);
    expect(other.state, 'another seed is another world').not.toBe(one.state);
    expect(other.arrivals).not.toEqual(one.arrivals);
  } finally {
    await receiver.close();
  }
});
