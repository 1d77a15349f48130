import { gzipSync } from 'node:zlib';
import { createTransport, Scope } from '@sentry/core';
import { ServerRuntimeClient } from '@sentry/core/server';
import { beforeEach, describe, expect, it } from 'vitest';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const sink = `${sandbox.addresses.sentry}/api/1/envelope/`;

const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(sink, { method: 'POST', body, headers });
const events = async () => (await sandbox.get('/sentry')).body['events'];

const envelope = (...items: [object, string][]): string =>
  [JSON.stringify({ event_id: 'e' }), ...items.flatMap(([head, payload]) => [JSON.stringify(head), payload])].join('\n');

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('the Sentry sink', () => {
  it('keeps the events that the official client sends, as sent', async () => {
    const client = new ServerRuntimeClient({
      dsn: `${sandbox.addresses.sentry.replace('://', '://pub@')}/1`,
      integrations: [],
      stackParser: () => [],
      environment: 'Alpha002-dev',
      transport: (options) =>
        createTransport(options, async ({ body }) => {
          const response = await fetch(options.url, { method: 'POST', body: typeof body === 'string' ? body : Buffer.from(body) });
          await response.text();
          return { statusCode: response.status };
        }),
    });
    client.init();
    const scope = new Scope();
    scope.setClient(client);
    scope.setTag('email.drift', 'dns_dkim_mismatch');
    scope.captureMessage('email.drift.dns_dkim_mismatch', 'error');
    expect(await client.flush(2000)).toBe(true);
    expect(await events()).toMatchObject([
      {
        message: 'email.drift.dns_dkim_mismatch',
        level: 'error',
        environment: 'Alpha002-dev',
        tags: { 'email.drift': 'dns_dkim_mismatch' },
      },
    ]);
  });

  it('reads payloads with a length, without one, packed, and passes over other items', async () => {
    const pretty = JSON.stringify({ message: 'with\nlines', n: 1 }, null, 2);
    const plain = envelope(
      [{ type: 'event', length: Buffer.byteLength(pretty) }, pretty],
      [{ type: 'log' }, '{"items":[]}'],
      [{ type: 'event' }, '{"n":2}'],
    );
    expect((await send(plain)).status).toBe(200);
    expect((await send(gzipSync(envelope([{ type: 'event' }, '{"n":3}'])), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(await events()).toEqual([{ message: 'with\nlines', n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it.each([
    ['no JSON', 'not an envelope'],
    ['an item without a type', '{}\n{"length":2}\n{}'],
    ['an event that is no JSON', '{}\n{"type":"event"}\nnope'],
  ])('refuses %s and keeps nothing', async (_what, body) => {
    expect((await send(body)).status).toBe(400);
    expect(await events()).toEqual([]);
  });

  it('refuses what only says that it is packed', async () => {
    expect((await send('plain', { 'content-encoding': 'gzip' })).status).toBe(400);
  });

  it('knows no other path', async () => {
    expect((await fetch(sandbox.addresses.sentry)).status).toBe(404);
  });
});
