/** The page on the control port, over HTTP: what it is served with, and what it reads. */
import { connect } from 'node:net';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { GetHostedZoneCommand } from '@aws-sdk/client-route-53';
import { ServerClient } from 'postmark';
import { beforeEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../postmark/webhookReceiver.ts';
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
    const modules = ['api', 'dom', 'messages', 'account', 'calls', 'switches'].map((name) => `/inbox/${name}.js`);
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

describe('the call log', () => {
  type Call = {
    service: string;
    operation: string;
    subject: string | null;
    status: number | null;
    code: string | null;
    fault: string | null;
  };
  const calls = async (query = ''): Promise<Call[]> => JSON.parse(JSON.stringify((await sandbox.get(`/calls${query}`)).body)).calls;
  const brief = ({ service, subject, status, code, fault }: Call) => [service, subject, status, code, fault];

  it('tells single calls, newest first, with what they came to and how long they took', async () => {
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'One');
    await expect(box.send('nobody', 'Two')).rejects.toMatchObject({ code: 300 });
    await sandbox.post('/fault', { service: 'postmark', operation: 'POST /email', kind: 'cut', times: 1 });
    await expect(box.send('jo@example.com', 'Three')).rejects.toThrow();
    expect((await calls('?limit=3')).map(brief)).toEqual([
      ['postmark', 'POST /email', null, null, 'cut'],
      ['postmark', 'POST /email', 422, '300', null],
      ['postmark', 'POST /email', 200, null, null],
    ]);
    const [newest] = await calls('?service=postmark');
    expect(newest).toEqual({
      ...{ seq: expect.any(Number), at: expect.stringMatching(/^\d{4}-.*Z$/), service: 'postmark', operation: 'POST /email' },
      ...{ subject: 'POST /email', status: null, code: null, fault: 'cut', durationMs: expect.any(Number) },
    });
    const services = new Set((await calls()).map(({ service }) => service));
    expect([...services].sort()).toEqual(['dns', 'postmark']);
    expect(new Set((await calls('?service=dns')).map(({ operation }) => operation))).toEqual(new Set(['TXT']));
  });

  it('tells what AWS calls came to, and webhooks', async () => {
    await expect(sandbox.kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' }))).rejects.toThrow();
    await expect(sandbox.route53.send(new GetHostedZoneCommand({ Id: 'Z0' }))).rejects.toThrow();
    const receiver = await startReceiver();
    const box = await mailbox(sandbox);
    const { ApiTokens } = JSON.parse(JSON.stringify((await sandbox.get('/state')).body)).postmark.servers[0];
    const client = new ServerClient(ApiTokens[0], { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host });
    const Url = receiver.url.replace('://', '://user:secret@');
    await client.createWebhook({ Url: `${Url}/secret-path?key=secret`, Triggers: { Delivery: { Enabled: true } } });
    await box.send('jo@example.com', 'One');
    await sandbox.post('/clock/advance', { seconds: 1 });
    expect((await calls()).filter(({ service }) => ['kms', 'route53', 'webhook'].includes(service)).map(brief)).toEqual([
      ['webhook', `POST ${new URL(receiver.url).origin}`, 200, null, null],
      ['route53', 'GET /2013-04-01/hostedzone/Z0', 404, 'NoSuchHostedZone', null],
      ['kms', 'POST /', 400, 'NotFoundException', null],
    ]);
    expect(JSON.stringify(await calls('?limit=1000'))).not.toMatch(new RegExp(`secret|${ApiTokens[0]}|${sandbox.accountToken}`, 'i'));
    await receiver.close();
  });

  it('remembers the last 1,000, with no more than 200 characters of a path, and forgets them with a reset', async () => {
    const ask = (path: string) => fetch(`${sandbox.addresses.postmark}${path}`).then((response) => response.arrayBuffer());
    for (let done = 0; done < 1000; done += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => ask(`/first/${done + i}?token=t`)));
    await ask(`/long/${'x'.repeat(5000)}`);
    const all = await calls('?limit=1000');
    expect([all.length, all[0]?.subject?.length, all.at(-1)?.subject]).toEqual([1000, 201, expect.stringMatching(/^GET \/first\/\d+$/)]);
    expect(JSON.stringify(all)).not.toContain('token');
    expect((await sandbox.get('/calls?limit=1001')).status).toBe(400);
    expect((await sandbox.get('/calls?service=smtp')).status).toBe(400);
    await sandbox.post('/reset', {});
    expect(await calls()).toEqual([]);
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
