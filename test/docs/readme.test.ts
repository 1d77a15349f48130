import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Postroute, startPostroute } from '../support/postroute.ts';
import { readPage } from './support/page.ts';
import { runShell } from './support/shell.ts';
import { runAsUser } from './support/userProcess.ts';

const readme = readPage('README.md');
let postroute: Postroute;

beforeAll(async () => {
  postroute = await startPostroute();
}, 120_000);
afterAll(async () => {
  await postroute?.stop();
});

/** The addresses by which README and the tour say that they can be moved. */
const where = (): Record<string, string> => ({
  ARDA_API_KEY: postroute.ready.apiKey,
  POSTROUTE_URL: postroute.ready.service ?? '',
  POSTROUTE_CONTROL_URL: postroute.ready.sandbox.control,
});

const slugOf = (out: string): string => /tour-[0-9a-f]{6}/.exec(out)?.[0] ?? 'none';
const configurationsOf = async (tenant: string): Promise<{ status: string }[]> => {
  const { body } = await postroute.api.get(`/configuration?slug=${tenant}`, { tenant });
  return (body as { items: { status: string }[] }).items;
};

describe('README.md', () => {
  test('is at most 150 lines, and its walk at most ten', () => {
    expect(readme.lines).toBeLessThanOrEqual(150);
    const [walk, ...others] = readme.blocks.filter(({ language }) => language === 'sh');
    expect(others).toEqual([]);
    expect(walk?.text.trimEnd().split('\n')).toHaveLength(10);
  });

  test('has a walk that, pasted, takes a tenant from nothing to delivered mail and a refused address', async () => {
    const walk = readme.blocks.find(({ language }) => language === 'sh')?.text ?? '';
    const { code, out, errors } = await runShell(walk, where());
    expect({ code, errors }, out).toEqual({ code: 0, errors: '' });
    const [eId, locked, canSend, sent, inbox, bounced, explained] = out.trimEnd().split('\n');
    expect(eId).toMatch(/^[0-9a-f-]{36}$/);
    expect(locked).toBe('"status":"LOCKED"');
    expect(canSend).toBe('"canSend":true');
    expect(JSON.parse(sent ?? '')).toMatchObject({ subject: 'Welcome', status: expect.stringMatching(/^(SENT|DELIVERED)$/) });
    expect(JSON.parse(inbox ?? '').items).toEqual([expect.objectContaining({ Subject: 'Welcome' })]);
    expect(JSON.parse(bounced ?? '')).toMatchObject({ recipient: 'hardbounce@bounce-testing.postmarkapp.com' });
    expect(explained).toMatch(/^"firstBlocker":"recipientAllowed".*suppressed for HardBounce/);
  });

  test('has a walk that says so at once when the key is wrong', async () => {
    const walk = readme.blocks.find(({ language }) => language === 'sh')?.text ?? '';
    const { out } = await runShell(walk, { ...where(), ARDA_API_KEY: 'wrong' });
    expect(out).toContain('"code":"unauthenticated"');
    expect(out).not.toContain('LOCKED');
  });
});

describe('/docs', () => {
  test('shows each call as a shell takes it, and none of them is refused as it stands', async () => {
    const page = await (await fetch(`${postroute.ready.service}/docs`)).text();
    const unescaped = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
    const calls = [...page.matchAll(/<pre>(curl [^<]*)<\/pre>/g)].map(([, line = '']) => unescaped(line));
    expect(calls.length).toBeGreaterThan(35);
    const { body } = await postroute.api.post('/configuration', { sendingDomainSlug: 'pasted', provision: true }, { tenant: 'pasted' });
    const configuration = (body as { eId: string }).eId;
    const script = calls.map((line) => {
      const id = line.includes('/drift/plan/') ? '0'.repeat(32) : configuration;
      return `ID=${id}; ${line} -sS -o /dev/null -w '%{http_code} %{method} %{url}\\n'`;
    });
    const { out, errors } = await runShell(script.join('\n'), {
      KEY: postroute.ready.apiKey,
      URL: postroute.ready.service ?? '',
      TENANT: 'pasted',
    });
    expect(errors).toBe('');
    const answers = out.trimEnd().split('\n');
    expect(answers).toHaveLength(calls.length);
    // 404 and 409: there is no such job or key, and the configuration is not as far yet.
    expect(answers.filter((line) => !/^(2\d\d|404|409) /.test(line))).toEqual([]);
    expect(answers.filter((line) => line.startsWith('2')).length).toBeGreaterThan(25);
  });
});

describe('npm run tour, beside a Postroute that runs', () => {
  test('comes to its end, tells each step, and can be run again', async () => {
    const tours = [runAsUser('npm', ['run', '--silent', 'tour'], where()), runAsUser('npm', ['run', '--silent', 'tour'], where())];
    for (const tour of tours) {
      expect(await tour.ended, tour.errors()).toBe(0);
      const steps = ['create', 'provision', 'verify', 'unlock', 'send', 'bounce', 'refuse'];
      const told = [...tour.out().matchAll(/^ +\d+\.\d\d s {2}([a-z]+)/gm)].map(([, step]) => step);
      expect(told).toEqual(steps);
      expect(tour.out()).toMatch(/DELIVERED[\s\S]*BOUNCED[\s\S]*403 recipient_suppressed/);
      expect(tour.out()).not.toContain('\u001b[');
      expect(await configurationsOf(slugOf(tour.out()))).toMatchObject([{ status: 'UNLOCKED' }]);
    }
    expect(new Set(tours.map((tour) => slugOf(tour.out()))).size).toBe(2);
  });

  test('ends with addresses and commands that answer as pasted', async () => {
    const tour = runAsUser('npm', ['run', '--silent', 'tour'], where());
    expect(await tour.ended, tour.errors()).toBe(0);
    const commands = tour.out().match(/curl -H .*/g) ?? [];
    expect(commands).toHaveLength(3);
    const { code, out } = await runShell(commands.map((command) => `${command} -sSf; echo`).join('\n'), { KEY: postroute.ready.apiKey });
    expect(code).toBe(0);
    expect(out).toMatch(/"event":"unlock"[\s\S]*"firstBlocker":"recipientAllowed"[\s\S]*"kind":"attempt"/);
    for (const [url] of tour.out().matchAll(/(?<= {2})http\S+\/(docs|state|mail\S*)$/gm)) expect((await fetch(url)).status, url).toBe(200);
  });

  test('takes back what it made when it is interrupted', async () => {
    const tour = runAsUser(process.execPath, ['dev/tour.ts'], where());
    await tour.said('(createServer)');
    tour.child.kill('SIGINT');
    expect(await tour.ended).toBe(1);
    expect(tour.errors()).toContain('stopped before its end');
    await expect
      .poll(async () => (await configurationsOf(slugOf(tour.out()))).map(({ status }) => status).join(), { timeout: 45_000, interval: 50 })
      .toMatch(/^(REMOVED)?$/);
  });

  test('colours its lines where that is asked for, and never with NO_COLOR', async () => {
    const coloured = runAsUser(process.execPath, ['dev/tour.ts'], { ...where(), FORCE_COLOR: '1' });
    const plain = runAsUser(process.execPath, ['dev/tour.ts'], { ...where(), NO_COLOR: '1' });
    expect([await coloured.ended, await plain.ended]).toEqual([0, 0]);
    expect(coloured.out()).toContain('\u001b[');
    expect(plain.out()).not.toContain('\u001b[');
  });

  test.each([
    ['another key', () => ({ ARDA_API_KEY: 'wrong' }), /the key from ARDA_API_KEY was refused by http.*--key/],
    [
      'the control of nothing',
      () => ({ POSTROUTE_CONTROL_URL: 'http://127.0.0.1:1' }),
      /no sandbox control answers at http:\/\/127\.0\.0\.1:1; name it with --control/,
    ],
    [
      'something else as the service',
      () => ({ POSTROUTE_URL: postroute.ready.sandbox.control }),
      /is not Postroute; name yours with --url/,
    ],
    [
      'a service that is not there',
      () => ({ POSTROUTE_URL: 'http://127.0.0.1:1' }),
      /nothing answers at http:\/\/127\.0\.0\.1:1; start it with npm start/,
    ],
  ])('explains itself in a sentence when given %s', async (_name, wrong, sentence) => {
    const tour = runAsUser(process.execPath, ['dev/tour.ts'], { ...where(), ...wrong() });
    expect(await tour.ended).toBe(1);
    expect(tour.errors()).toMatch(sentence);
    expect(tour.errors().trimEnd().split('\n')).toHaveLength(1);
    expect(tour.errors()).not.toContain(postroute.ready.apiKey);
  });
});
