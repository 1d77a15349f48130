/** The page as a person uses it, in a real browser, in light and in dark. */
import { mkdirSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { laneProgram } from '../../support/lane.ts';
import { startReceiver } from '../postmark/webhookReceiver.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';
import { mailbox } from './mailbox.ts';

const program = laneProgram('browser');
const sandbox = await sandboxFixture();
const limitMs = 60_000;
let browser: Browser | undefined;
let page: Page;

beforeAll(async () => {
  if (program === null) return;
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-gpu'];
  browser = await chromium.launch({ executablePath: program, args: ['--headless', '--no-sandbox', '--disable-dev-shm-usage', ...quiet] });
}, limitMs);
afterAll(() => browser?.close());

const foreign: string[] = [];

async function open(colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
  page = (await browser?.newPage({ colorScheme, viewport: { width: 1280, height: 820 } })) ?? page;
  foreign.length = 0;
  page.on('requestfinished', (request) => {
    if (!request.url().startsWith(sandbox.addresses.control) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  await page.goto(`${sandbox.addresses.control}/`);
}

const shoot = async (name: string): Promise<void> => {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
};

describe.skipIf(program === null)('in a browser', { timeout: limitMs }, () => {
  beforeEach(async () => {
    await sandbox.post('/reset', {});
  });

  it('a message with one body alone is opened at that body, and the missing one can still be asked for', async () => {
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'Plain words', { HtmlBody: '' });
    await box.send('jo@example.com', 'Both of them');
    await open();
    await page.getByRole('link', { name: /Plain words/ }).click();
    await page.locator('pre', { hasText: 'Hello' }).waitFor();
    expect(await page.getByRole('tab', { name: 'Text' }).getAttribute('aria-selected')).toBe('true');
    await page.getByRole('link', { name: /Both of them/ }).click();
    await page.frameLocator('iframe').getByRole('heading', { name: 'Hello' }).waitFor();
    await page.getByRole('link', { name: /Plain words/ }).click();
    await page.getByRole('tab', { name: 'HTML' }).click();
    await page.getByText('This message has no HTML.').waitFor();
  });

  it('mail appears by itself, is searched, opened, and read as HTML without its script', async () => {
    await open();
    await page.getByText('No mail yet').waitFor();
    const tracker = await startReceiver();
    const box = await mailbox(sandbox, tracker.url);
    await box.send('jo@example.com', 'Your receipt');
    await box.send('kim@example.com', 'Reset your password');
    await page.getByText('Reset your password').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('receipt jo@');
    await page.getByText('Reset your password').waitFor({ state: 'detached' });
    expect(await page.locator('#search').inputValue(), 'what is typed survives the redraw').toBe('receipt jo@');
    await page.getByRole('link', { name: /Your receipt/ }).click();
    const frame = page.frameLocator('iframe');
    await frame.getByRole('heading', { name: 'Hello' }).waitFor();
    expect(await page.title()).toBe('Postroute sandbox');
    expect(await page.locator('iframe').getAttribute('sandbox')).toBe('');
    await page.getByRole('tab', { name: 'Text' }).click();
    await page.locator('pre', { hasText: 'Hello' }).waitFor();
    await page.getByRole('tab', { name: 'Headers' }).click();
    await page.getByRole('cell', { name: 'Your receipt' }).waitFor();
    expect(foreign).toEqual([]);
    expect(tracker.received, 'an image of the message was not fetched').toEqual([]);
    await tracker.close();
    await shoot('messages');
  });

  it.each([
    ['Bounce', 'Bounced'],
    ['Complaint', null],
    ['Open', null],
  ])('the button %s makes it happen', async (button, status) => {
    const box = await mailbox(sandbox);
    const id = await box.send('jo@example.com', 'Your receipt');
    await sandbox.post('/clock/advance', { seconds: 1 });
    await open();
    await page.goto(`${sandbox.addresses.control}/#/messages/${id}`);
    await page.getByRole('button', { name: button, exact: true }).click();
    await page.getByRole('status').getByText('reported').waitFor();
    if (status !== null) await page.locator('article .pill', { hasText: status }).waitFor();
    const events = Object(JSON.parse(JSON.stringify((await sandbox.get('/mail')).body))).items[0].events.length;
    if (button !== 'Complaint') expect(events).toBeGreaterThan(1);
  });

  it('what is refused is told: a click on a link that is not tracked', async () => {
    const box = await mailbox(sandbox);
    const id = await box.send('jo@example.com', 'Your receipt');
    await open();
    await page.goto(`${sandbox.addresses.control}/#/messages/${id}`);
    await page.getByRole('button', { name: 'Click', exact: true }).click();
    await page.locator('.notice.bad').waitFor();
  });

  it('time is moved and faults are added and cleared', async () => {
    await open();
    const before = Date.parse(String((await sandbox.get('/clock')).body['now']));
    await page.getByRole('button', { name: '+1 h' }).click();
    // The clock itself, not the page's notice of it, which goes away by itself.
    await expect
      .poll(async () => Date.parse(String((await sandbox.get('/clock')).body['now'])) - before, { timeout: 30_000 })
      .toBeGreaterThanOrEqual(3_600_000);
    await page.getByRole('link', { name: 'Faults' }).click();
    await page.getByLabel('Service').selectOption('route53');
    await page.getByLabel('Kind').selectOption('throttle');
    await page.getByLabel('Times').fill('2');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('cell', { name: 'throttle' }).waitFor();
    expect((await sandbox.get('/fault')).body).toEqual({ faults: [{ service: 'route53', kind: 'throttle', times: 2 }] });
    await shoot('faults');
    await page.getByRole('button', { name: 'Clear 1 fault' }).click();
    await page.getByText('Nothing goes wrong on purpose').waitFor();
    expect((await sandbox.get('/fault')).body).toEqual({ faults: [] });
  });

  it('single calls are listed as they come, and one service alone when it is chosen', async () => {
    await open();
    await page.getByRole('link', { name: 'Calls' }).click();
    await page.getByText('Nobody has called yet').waitFor();
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'One');
    await box.send('nobody', 'Two').catch(() => null);
    const refused = page.getByRole('row').filter({ hasText: 'POST /email' }).filter({ hasText: '422' });
    await refused.getByText('300').waitFor();
    await page.getByRole('cell', { name: 'dns' }).first().waitFor();
    await page.getByLabel('Service').selectOption('postmark');
    await page.getByRole('cell', { name: 'dns' }).first().waitFor({ state: 'detached' });
    await box.send('kim@example.com', 'Three');
    await expect.poll(() => page.getByRole('cell', { name: 'POST /email', exact: true }).count(), { timeout: 30_000 }).toBe(4);
    await shoot('calls');
  });

  it('a setting is changed', async () => {
    await open();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('insyncMs').fill('1500');
    await page.getByLabel('insyncMs').press('Tab');
    await page.getByLabel('autoDeliver').uncheck();
    await page.getByLabel('accountState').selectOption('pending');
    await page.getByLabel('foreignDomains').fill('example.com');
    await page.getByLabel('foreignDomains').press('Tab');
    await page.locator('.notice.bad', { hasText: 'foreignDomains must be JSON' }).waitFor();
    await expect
      .poll(async () => (await sandbox.get('/settings')).body)
      .toMatchObject({ settings: { insyncMs: 1500, autoDeliver: false, accountState: 'pending', foreignDomains: [] } });
  });

  it('everything is reached by keyboard alone', async () => {
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'One');
    await box.send('kim@example.com', 'Two');
    await open();
    await page.getByText('Two').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.locator('#search').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('One');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'One' }).waitFor();
    await page.getByRole('tab', { name: 'HTML' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Text' }).getAttribute('aria-selected')).toBe('true');
  });

  it.each(['light', 'dark'] as const)('every section is drawn in %s, with text that can be read', async (scheme) => {
    const box = await mailbox(sandbox);
    await box.send('jo@example.com', 'One');
    await open(scheme);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    for (const [section, heading] of [
      ['servers', 'Servers'],
      ['domains', 'Domains'],
      ['zones', 'Zones'],
      ['aws', 'AWS'],
      ['calls', 'Calls'],
      ['faults', 'Faults'],
      ['settings', 'Settings'],
      ['clock', 'Clock'],
    ]) {
      await page.goto(`${sandbox.addresses.control}/#/${section}`);
      await page.getByRole('heading', { name: heading ?? '', level: 1 }).waitFor();
      await shoot(`${scheme}-${section}`);
    }
    const contrast = await page.evaluate(contrastScript);
    expect(Number(contrast)).toBeGreaterThan(7);
    expect(problems).toEqual([]);
    expect(foreign).toEqual([]);
  });
});

/** WCAG contrast of the body's text on its ground, as the browser paints them. */
const contrastScript = `(() => {
  const paint = (colour) => { const c = document.createElement('canvas').getContext('2d'); c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { const s = v / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const style = getComputedStyle(document.body);
  const [a, b] = [light(paint(style.color)), light(paint(style.backgroundColor))].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
})()`;
