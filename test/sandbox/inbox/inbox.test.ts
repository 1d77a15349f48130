/** The page on the control port, over HTTP: what it is served with, and what it reads. */
import { connect } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { sandboxFixture } from '../support/sandboxFixture.ts';
import { mailbox } from './mailbox.ts';

const sandbox = await sandboxFixture();
const control = sandbox.addresses.control;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

describe('the page', () => {
  it('and its parts are served with a policy under which nothing is loaded from elsewhere', async () => {
    const page = await (await fetch(`${control}/`)).text();
    const parts = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(parts).toContain('/inbox/main.js');
    const modules = ['api', 'dom', 'messages', 'account', 'switches'].map((name) => `/inbox/${name}.js`);
    for (const path of ['/', ...parts, ...modules]) {
      const response = await fetch(`${control}${path}`);
      const text = await response.text();
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-security-policy'), path).toMatch(
        /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
      );
      expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(text.match(/https?:\/\/[^\s'"`)]+/g) ?? [], path).toEqual([]);
    }
  });

  it('has no other files, and nothing outside its folder', async () => {
    for (const path of ['/inbox/none.js', '/inbox/../start.ts', '/inbox/%2e%2e/start.ts', '/inbox/'])
      expect((await fetch(`${control}${path}`)).status, path).toBe(404);
  });
});

describe('a message', () => {
  it('is found by any of its words, newest first, and shown with text, headers, attachments, events and source', async () => {
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'First');
    const id = await box.send('kim@example.com', 'Second', {
      Attachments: [{ Name: 'a b.pdf', Content: Buffer.from('%PDF').toString('base64'), ContentType: 'application/pdf', ContentID: null }],
    });
    await sandbox.post('/clock/advance', { seconds: 5 });
    const subjects = async (search: string) => {
      const { items, total }: { items: { Subject: string }[]; total: number } = JSON.parse(
        JSON.stringify((await sandbox.get(`/inbox/mail?search=${search}`)).body),
      );
      return [total, ...items.map(({ Subject }) => Subject)];
    };
    expect(await subjects('')).toEqual([2, 'Second', 'First']);
    expect(await subjects('KIM')).toEqual([1, 'Second']);
    expect(await subjects('job-Second+kim')).toEqual([1, 'Second']);
    expect(await subjects('nobody')).toEqual([0]);
    const { body } = await sandbox.get(`/inbox/message?id=${id}`);
    expect(body).toMatchObject({
      Subject: 'Second',
      TextBody: 'Hello',
      serverName: 'ardamails-dev-acme',
      status: 'Delivered',
      attachments: [{ name: 'a b.pdf', type: 'application/pdf' }],
      events: [{ Type: 'Delivered', Recipient: 'kim@example.com' }],
    });
    expect(JSON.stringify(body['headers'])).toContain('"Name":"Subject","Value":"Second"');
    expect(body['source']).toContain('Content-Type: multipart/');
  });

  it('that is not there is said to be missing', async () => {
    expect(await sandbox.get('/inbox/message?id=none')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("no message 'none'") },
    });
    expect((await fetch(`${control}/inbox/html?id=none`)).status).toBe(404);
  });

  it('has its HTML served for a frame without an origin, in which no script runs and nothing is fetched', async () => {
    const box = await mailbox(sandbox);
    const id = await box.send('jo@example.com', 'Html');
    const response = await fetch(`${control}/inbox/html?id=${id}`);
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/);
    expect(await response.text()).toContain('<h1>Hello</h1>');
  });
});

describe('the summary', () => {
  it('counts, and has another revision once anything has changed', async () => {
    const first = (await sandbox.get('/inbox/summary')).body;
    expect(first['counts']).toEqual({ messages: 0, servers: 0, domains: 0, zones: 1, faults: 0 });
    expect((await sandbox.get('/inbox/summary')).body['revision']).toBe(first['revision']);
    await sandbox.post('/fault', { service: 'kms', kind: 'cut' });
    const second = (await sandbox.get('/inbox/summary')).body;
    expect(second['revision']).not.toBe(first['revision']);
    expect(second['counts']).toMatchObject({ faults: 1 });
  });
});

describe('calls from a browser', () => {
  const raw = (origin: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port, host } = new URL(control);
      const socket = connect(Number(port), hostname, () =>
        socket.write(`POST /reset HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`),
      );
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });

  it.each([
    ['another site', 'https://evil.example', 403],
    ['a file', 'null', 403],
    ['another port', 'http://127.0.0.1:1', 403],
    ['the page itself', control, 200],
  ])('from %s', async (_what, origin, status) => {
    await sandbox.post('/postmark/server', { name: 'kept' });
    expect(await raw(origin)).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expect(JSON.stringify((await sandbox.get('/state')).body).includes('kept')).toBe(status === 403);
  });
});

it('settings and faults can be read as well as written', async () => {
  await sandbox.post('/settings', { insyncMs: 5 });
  await sandbox.post('/fault', { service: 'dns', kind: 'cut', times: 1 });
  expect((await sandbox.get('/settings')).body).toMatchObject({ settings: { insyncMs: 5, throttling: 'off' } });
  expect((await sandbox.get('/fault')).body).toEqual({ faults: [{ service: 'dns', kind: 'cut', times: 1 }] });
});
