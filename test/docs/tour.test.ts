import { describe, expect, test } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { runAsUser } from './support/userProcess.ts';

/** Nothing answers there, so a tour starts a Postroute of its own, on that port. */
const nobodyThere = async (): Promise<Record<string, string>> => ({ EMAIL_HTTP_PORT: String(await freePort()) });

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    () => true,
    () => false,
  );

describe('npm run tour, where nothing runs', () => {
  test('starts a Postroute, comes to its end, and leaves nothing running', { timeout: 120_000 }, async () => {
    const where = await nobodyThere();
    const tour = runAsUser('npm', ['run', '--silent', 'tour'], where);
    expect(await tour.ended, tour.errors()).toBe(0);
    expect(tour.out()).toMatch(/Nothing answers at [\s\S]*403 recipient_suppressed[\s\S]*is stopped now/);
    expect(tour.errors()).toBe('');
    expect(await answers(`http://127.0.0.1:${where['EMAIL_HTTP_PORT']}`)).toBe(false);
  });

  test.each(['Nothing answers', '(createServer)'])(
    'interrupted after "%s", it stops what it started',
    { timeout: 120_000 },
    async (words) => {
      const where = await nobodyThere();
      const tour = runAsUser(process.execPath, ['dev/tour.ts'], where);
      await tour.said(words);
      tour.child.kill('SIGINT');
      expect(await tour.ended).toBe(1);
      expect(tour.errors()).toBe('postroute: stopped before its end\n');
      expect(await answers(`http://127.0.0.1:${where['EMAIL_HTTP_PORT']}`)).toBe(false);
    },
  );

  test('says why when that Postroute cannot be started', async () => {
    const tour = runAsUser(process.execPath, ['dev/tour.ts'], {
      ...(await nobodyThere()),
      DATABASE_URL: 'postgres://nobody:hunter2@127.0.0.1:1/none',
    });
    expect(await tour.ended).toBe(1);
    expect(tour.errors()).toMatch(/^postroute: the Postroute of this tour ended before it was ready[\s\S]*ECONNREFUSED/);
    expect(tour.errors()).not.toContain('hunter2');
  });
});

describe('the arguments of the tour', () => {
  test.each([
    [['--bogus'], /Unknown option '--bogus'\nnpm run tour -- \[flags\]/],
    [['somewhere'], /Unexpected argument 'somewhere'/],
    [['--url'], /--url <value>' argument missing/],
    [['--url', 'here'], /--url must be an address such as http:\/\/127\.0\.0\.1:8889, not "here"/],
    [['--url', 'https://mail.acme.com'], /--url must be on this machine .* not mail\.acme\.com: the tour makes a tenant and sends mail/],
    [['--control', 'http://10.0.0.1:8590'], /--control must be on this machine/],
    [['--key', ''], /--key needs the operator key; npm start prints it/],
  ])('%j are refused with exit code 2 and the remedy', async (args, sentence) => {
    const tour = runAsUser(process.execPath, ['dev/tour.ts', ...args], {});
    expect(await tour.ended).toBe(2);
    expect(tour.errors()).toMatch(sentence);
    expect(tour.out()).toBe('');
  });

  test('are listed by --help', async () => {
    const tour = runAsUser(process.execPath, ['dev/tour.ts', '--help'], {});
    expect(await tour.ended).toBe(0);
    expect(tour.out()).toMatch(/--url URL[\s\S]*--control URL[\s\S]*--key KEY/);
  });
});
