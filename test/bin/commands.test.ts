/** The commands against a Postroute that runs: what people read, what scripts read, and the exit code. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Situation, situationOf } from '../docs/support/situation.ts';
import { type ConsoleOptions, type ConsoleRun, runConsole } from '../support/consoleRun.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';

let postroute: Postroute;
let situation: Situation;

beforeAll(async () => {
  postroute = await startPostroute();
  situation = situationOf(postroute, () => postroute.ready.apiKey);
}, 120_000);
afterAll(async () => {
  await postroute?.stop();
});

const environment = () => ({ POSTROUTE_URL: postroute.ready.service ?? '', ARDA_API_KEY: postroute.ready.apiKey, USER: 'ada' });
const postrouteSays = (words: string, options: ConsoleOptions = {}): Promise<ConsoleRun> =>
  runConsole(words.split(/ +/), { ...options, environment: { ...environment(), ...options.environment } });

describe('a configuration', () => {
  let eId: string;

  test('is set up and followed to its end, step by step', async () => {
    eId = (
      (await situation.api().post('/configuration', { sendingDomainSlug: 'acme', signatureRequest: { fromName: 'Acme\u200b Co' } }))
        .body as {
        eId: string;
      }
    ).eId;
    const { code, out, errors } = await postrouteSays('provision acme --wait --reason INC-1');
    expect({ code, out }).toEqual({
      code: 0,
      out: "acme.dev.ardamails.com  LOCKED  sends: no  waits for: an operator's unlock\n",
    });
    expect(errors).toMatch(/^provision: accepted\nPROVISIONING: waits for /);
  });

  test.each([['eId'], ['slug'], ['sending domain'], ['sending domain with a dot, in capitals']])('is named by its %s', async (how) => {
    const name = { eId, slug: 'acme', 'sending domain': 'acme.dev.ardamails.com' }[how] ?? 'ACME.dev.ardamails.COM.';
    const { code, documents } = await postrouteSays(`show ${name} --json`);
    expect(code).toBe(0);
    expect(documents).toEqual([expect.objectContaining({ eId, sendingDomain: 'acme.dev.ardamails.com', status: 'LOCKED' })]);
  });

  test('is shown with its state, what it waits for, its server and its records', async () => {
    const { code, out } = await postrouteSays('show acme');
    expect(code).toBe(0);
    expect(out).toMatch(/^acme\.dev\.ardamails\.com {2}LOCKED\n/);
    expect(out).toMatch(/waits for +an operator's unlock, since 20\d\d-/);
    expect(out).toMatch(/server +\d+ ardamails-dev-acme\n/);
    expect(out).toMatch(/dkim +TXT \S+\._domainkey\.acme\.dev\.ardamails\.com 300 /);
    expect(out).toMatch(/returnPath +CNAME pm-bounces\.acme\.dev\.ardamails\.com 300 /);
  });

  test('is shown as it was, and not before it was', async () => {
    const [first] = (await postrouteSays(`history ${eId} --json`)).documents as { at: string; to: string }[];
    const { documents } = await postrouteSays(`show acme --as-of ${first?.at} --json`);
    expect(documents).toEqual([expect.objectContaining({ eId, status: 'PENDING' })]);
    expect(await postrouteSays('show acme --as-of 2001-01-01T00:00:00Z')).toMatchObject({
      code: 3,
      errors: expect.stringContaining('did not exist'),
    });
  });

  test('explains why it cannot send, and the command that mends it, which does', async () => {
    const { code, out } = await postrouteSays('explain acme');
    expect(code).toBe(0);
    expect(out).toMatch(/cannot send\n[\s\S]*✗ {2}administrative +administrativeStatus is LOCKED/);
    const command = /^ {2}postroute (.+)$/m.exec(out)?.[1];
    expect(command).toBe('unlock acme.dev.ardamails.com');
    expect((await postrouteSays('explain acme --check')).code).toBe(8);
    expect((await postrouteSays(`${command} --wait`)).code).toBe(0);
    expect(await postrouteSays('explain acme --check')).toMatchObject({ code: 0, out: expect.stringContaining('can send') });
  });

  test('has a history with the author and the reason of each signal', async () => {
    const { code, out } = await postrouteSays('history acme --all');
    expect(code).toBe(0);
    expect(out).toMatch(/^AT +AUTHOR +EVENT +STATUS +DETAIL\n/);
    expect(out).toMatch(/ada +provision +PENDING → PROVISIONING +.*reason=INC-1/);
    expect(out).toMatch(/postroute +Verified +/);
    const named = await postrouteSays('lock acme --wait --author Zoë', { environment: {} });
    expect(named).toMatchObject({ code: 0, out: expect.stringContaining('LOCKED') });
    const [last] = ((await postrouteSays('history acme --all --json')).documents as { event: string; author: string }[]).filter(
      ({ event }) => event === 'lock',
    );
    expect(last?.author).toBe('Zoë');
    const end = (await postrouteSays('history acme --limit 2 --json')).documents;
    expect(end).toEqual((await postrouteSays('history acme --all --json')).documents.slice(-2));
  });

  test('that is so already is not an error; a signal it does not accept is, with those it would', async () => {
    expect(await postrouteSays('lock acme')).toMatchObject({ code: 0, errors: 'lock: it was so already\n' });
    const { code, out, errors } = await postrouteSays('recover acme');
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(errors).toMatch(/postroute: .*\(409 signal_not_accepted\): recover is not accepted while operationalStatus is OK/);
    expect(errors).toMatch(/accepted now: .*unlock/);
    expect(errors).toMatch(/request id: [\w-]+/);
    const refused = await postrouteSays('recover acme --json');
    expect(JSON.parse(refused.errors)).toMatchObject({ exitCode: 4, problem: { code: 'signal_not_accepted', status: 409 } });
  });

  test('is listed: a line for people, a document for scripts, by status and tenant', async () => {
    await situation.sendable('globex');
    const { code, out } = await postrouteSays('list');
    expect(code).toBe(0);
    expect(out).toMatch(/^STATUS +SENDING DOMAIN +TENANT +SENDS +EID/);
    expect(out).toMatch(/^UNLOCKED +globex\.dev\.ardamails\.com +globex +yes +[0-9a-f-]{36}/m);
    const slugs = async (words: string) =>
      ((await postrouteSays(`list ${words} --json`)).documents as { sendingDomainSlug: string }[]).map((each) => each.sendingDomainSlug);
    expect(await slugs('')).toEqual(['globex', 'acme']);
    expect(await slugs('--status locked')).toEqual(['acme']);
    expect(await slugs('--tenant globex')).toEqual(['globex']);
    expect(await slugs('--limit 1')).toEqual(['globex']);
    expect(await postrouteSays('list --status MISSING')).toMatchObject({ code: 0, out: '', errors: 'there is no such configuration\n' });
  });

  test('that nobody has is not found, however it is named', async () => {
    for (const name of ['nobody', '0199aaaa-0000-7000-8000-000000000000', 'acme.test.ardamails.com', 'no_slug!'])
      expect(await postrouteSays(`show ${name}`), name).toMatchObject({ code: 3, out: '' });
  });
});

describe('what cannot be taken back', () => {
  test('is not done where nobody can confirm it', async () => {
    for (const signal of ['force-lock', 'remove'])
      expect(await postrouteSays(`${signal} globex`)).toMatchObject({ code: 7, errors: expect.stringContaining('Add --yes') });
    expect((await postrouteSays('show globex --json')).documents).toEqual([expect.objectContaining({ status: 'UNLOCKED' })]);
  });

  test('is not done when another name was typed, and is when it was the right one', async () => {
    expect((await postrouteSays('force-lock globex', { typed: 'acme.dev.ardamails.com' })).code).toBe(7);
    expect((await postrouteSays('show globex --json')).documents).toEqual([expect.objectContaining({ status: 'UNLOCKED' })]);
    expect(await postrouteSays('force-lock globex', { typed: 'globex.dev.ardamails.com' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('LOCKED'),
      errors: expect.stringContaining('cancels everything queued'),
    });
  });

  test('is done with --yes, and a slug that was used again means the one that has it now', async () => {
    expect(await postrouteSays('remove globex --yes --wait')).toMatchObject({ code: 0, out: expect.stringMatching(/REMOVED/) });
    const eId = await situation.create('globex');
    expect((await postrouteSays('show globex --json')).documents).toEqual([expect.objectContaining({ eId })]);
  });
});

describe('suppressions', () => {
  test('are added, listed and released, each with its tenant', async () => {
    expect(await postrouteSays('suppressions')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('Name the tenant with --tenant.'),
    });
    expect(await postrouteSays('suppressions --tenant acme')).toMatchObject({ code: 0, out: '', errors: 'nobody is suppressed\n' });
    expect(await postrouteSays('suppressions add Ada@Acme.example --tenant acme --note asked')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/ada@acme\.example +ManualSuppression +operator +yes/),
    });
    const why = await postrouteSays('explain acme --recipient ada@acme.example');
    expect(why.out).toMatch(/✗ {2}recipientAllowed/);
    expect((await postrouteSays('suppressions --tenant acme --json')).documents).toEqual([
      expect.objectContaining({ recipient: 'ada@acme.example', active: true }),
    ]);
    expect(await postrouteSays('suppressions release ada@acme.example --tenant acme --reason asked')).toMatchObject({ code: 0 });
    expect(await postrouteSays('suppressions release ada@acme.example --tenant acme --reason asked')).toMatchObject({ code: 3 });
    expect((await postrouteSays('suppressions --tenant acme')).out).toBe('');
    expect((await postrouteSays('suppressions --tenant acme --released')).out).toMatch(/ada@acme\.example .* no /);
  });
});

describe('messages', () => {
  test('are listed for a configuration, told step by step, cancelled while they wait, and sent again', async () => {
    const eId = await situation.sendable('initech');
    const sent = (await situation.send('initech', eId, 'ada@initech.example')) as { eId: string };
    const { code, out } = await postrouteSays('jobs initech');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^(SENT|DELIVERED) +${sent.eId} +20.*ada@initech\\.example`, 'm'));
    const told = await postrouteSays(`jobs timeline ${sent.eId} --tenant initech`);
    expect(told).toMatchObject({ code: 0, out: expect.stringMatching(/accepted[\s\S]*attempt/) });
    expect(await postrouteSays(`jobs cancel ${sent.eId} --tenant initech`)).toMatchObject({ code: 4 });
    expect(await postrouteSays(`jobs resend ${sent.eId} --tenant initech`)).toMatchObject({
      code: 2,
      errors: expect.stringContaining('--reason'),
    });
    const again = await postrouteSays(`jobs resend ${sent.eId} --tenant initech --reason INC-1 --json`);
    expect(again.documents).toEqual([expect.objectContaining({ resendOf: sent.eId })]);
    const keyed = async () => {
      const words = `jobs resend ${sent.eId} --tenant initech --reason INC-1 --idempotency-key INC-1-ada --json`;
      return ((await postrouteSays(words)).documents as { eId: string }[]).map((job) => job.eId);
    };
    expect(await keyed()).toEqual(await keyed());
    expect(await postrouteSays(`jobs triage ${sent.eId} --tenant initech --as delivered --reason x`)).toMatchObject({ code: 4 });
    expect((await postrouteSays('jobs --tenant initech --status held')).errors).toBe('there is no such message\n');
    expect(await postrouteSays('jobs')).toMatchObject({ code: 2, errors: expect.stringContaining('--tenant') });
  });
});

describe('tenant keys', () => {
  test('are made, shown this once, listed without the key, and revoked once that is confirmed', async () => {
    const made = await postrouteSays('tenant-keys add initech mailer');
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^pr_\S+\n$/), errors: expect.stringContaining('the only time') });
    const key = made.out.trim();
    const own = await postrouteSays('list --json', { environment: { ARDA_API_KEY: key } });
    expect(own.documents).toEqual([expect.objectContaining({ tenantId: 'initech' })]);
    expect(await postrouteSays('material', { environment: { ARDA_API_KEY: key } })).toMatchObject({ code: 5 });
    const listed = await postrouteSays('tenant-keys');
    expect(listed.out).toMatch(/initech +mailer .* ada /);
    expect(listed.out).not.toContain(key);
    const [{ id } = { id: '' }] = (await postrouteSays('tenant-keys --json')).documents as { id: string }[];
    expect((await postrouteSays(`tenant-keys revoke ${id}`)).code).toBe(7);
    expect(await postrouteSays(`tenant-keys revoke ${id}`, { typed: id })).toMatchObject({ code: 0, out: `revoked ${id}\n` });
    expect((await postrouteSays('list', { environment: { ARDA_API_KEY: key } })).code).toBe(5);
  });
});

describe('drift', () => {
  test('is run now although it is off, and what it finds is shown with what mends it', async () => {
    expect(await postrouteSays('drift')).toMatchObject({ code: 0, out: expect.stringMatching(/^on the tick: none/) });
    expect(await postrouteSays('drift findings --check')).toMatchObject({ code: 0, out: '', errors: 'nothing differs\n' });
    await situation.control('POST', '/postmark/server', { name: 'ardamails-dev-orphan' });
    const { code, out } = await postrouteSays('drift run postmarkInventory registry');
    expect(code).toBe(0);
    expect(out).toMatch(/^postmarkInventory +completed +1 +1 +0 +0 /m);
    expect(out).toMatch(/^registry +completed +0 /m);
    const found = await postrouteSays('drift findings --tag postmark_orphan_server --check');
    expect(found.code).toBe(8);
    expect(found.out).toMatch(/postmark_orphan_server +orphan +.*postroute drift plan/);
    expect((await postrouteSays('drift findings --json')).documents).toEqual([
      expect.objectContaining({ tag: 'email.drift.postmark_orphan_server', open: true }),
    ]);
    const planned = await postrouteSays('drift plan');
    const planId = /^plan ([0-9a-f]{32}): 1 correction/.exec(planned.out)?.[1] ?? 'none';
    expect(planned).toMatchObject({
      code: 0,
      out: expect.stringMatching(/postmark_orphan_server/),
      errors: expect.stringContaining(`drift apply ${planId}`),
    });
    expect((await postrouteSays(`drift apply ${planId}`)).code).toBe(7);
    expect(await postrouteSays(`drift apply ${'0'.repeat(32)} --yes`)).toMatchObject({
      code: 4,
      errors: expect.stringContaining('plan_outdated'),
    });
    expect(await postrouteSays(`drift apply ${planId}`, { typed: planId })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/postmark_orphan_server[\s\S]*accepted: 1 correction/),
    });
    const left = async () => (await postrouteSays('drift run postmarkInventory')).out;
    await expect.poll(left, { timeout: 45_000, interval: 500 }).toMatch(/^postmarkInventory +completed +0 /m);
    expect(await postrouteSays('drift findings --check')).toMatchObject({ code: 0, out: '' });
    expect(await postrouteSays('drift run dnss')).toMatchObject({ code: 2, errors: expect.stringContaining('/assertions/0') });
  });
});

describe('watch', () => {
  test('shows the history as it grows, until the status that was asked for', async () => {
    const heard = Promise.withResolvers<void>();
    const watching = postrouteSays('watch acme --until unlocked --every 1 --timeout 30', {
      heard: (text) => {
        if (text.includes('Ctrl-C')) heard.resolve();
      },
    });
    await heard.promise;
    await postrouteSays('unlock acme --reason watched');
    expect(await watching).toMatchObject({ code: 0, out: expect.stringMatching(/ada +unlock +LOCKED → UNLOCKED +.*reason=watched/) });
  });

  test('without a configuration shows each that changes, and ends when it is interrupted', async () => {
    const interruption = new AbortController();
    const changed = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const watching = postrouteSays('watch', {
      interrupted: interruption.signal,
      heard: (text) => {
        if (text.includes('UNLOCKED')) begun.resolve();
        if (/^LOCKED +acme/m.test(text)) changed.resolve();
      },
    });
    await begun.promise;
    await postrouteSays('lock acme');
    await changed.promise;
    interruption.abort();
    expect(await watching).toMatchObject({ code: 130 });
  });

  test('says when the time is over before that status was reached', async () => {
    expect((await postrouteSays('watch acme --until REMOVED --timeout 1')).code).toBe(8);
  });
});

describe('a service that cannot be asked', () => {
  test.each([
    ['nothing listens', () => ({ POSTROUTE_URL: 'http://127.0.0.1:65531' }), 6, /nothing answers at .*ECONNREFUSED[\s\S]*POSTROUTE_URL/],
    ['something else listens', () => ({ POSTROUTE_URL: postroute.ready.sandbox.control }), 1, /is not Postroute[\s\S]*--url/],
    ['the key is wrong', () => ({ ARDA_API_KEY: 'WRONG-KEY' }), 5, /401 unauthenticated[\s\S]*ARDA_API_KEY/],
  ])('when %s', async (_, wrong, code, message) => {
    const run = await postrouteSays('list', { environment: wrong() });
    expect(run.code).toBe(code);
    expect(run.errors).toMatch(message);
    expect(run.errors).not.toMatch(/WRONG-KEY| {4}at /);
  });
});
