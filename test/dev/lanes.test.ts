import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laneProgram } from '../support/lane.ts';
import { type Postroute, startPostroute } from '../support/postroute.ts';

const limitMs = 120_000;
const dig = laneProgram('dig');
const browser = laneProgram('browser');
let run: Postroute | undefined;

beforeAll(async () => {
  if (dig !== null || browser !== null) run = await startPostroute();
}, limitMs);
afterAll(async () => {
  await run?.stop();
}, limitMs);

test.skipIf(dig === null)("another resolver finds the sandbox's zone by UDP and by TCP, with authority", () => {
  const [host = '', port = ''] = run?.ready.sandbox.dns.split(':') ?? [];
  for (const transport of ['+notcp', '+tcp']) {
    const { stdout } = spawnSync(dig ?? '', [`@${host}`, '-p', port, 'dev.ardamails.com', 'SOA', transport, '+norecurse', '+time=5'], {
      encoding: 'utf8',
    });
    expect(stdout, transport).toMatch(/status: NOERROR/);
    expect(stdout, transport).toMatch(/flags: qr aa/);
    expect(stdout, transport).toMatch(/^dev\.ardamails\.com\.\s+\d+\s+IN\s+SOA\s/m);
  }
});

test.skipIf(browser === null)(
  'a person with a browser reads every call on the docs page, without anything from elsewhere',
  { timeout: limitMs },
  async () => {
    const profile = mkdtempSync(join(tmpdir(), 'postroute-browser-'));
    try {
      const alone = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${profile}`];
      // Every name but this machine's leads nowhere: a page that needs another host's script would stay empty.
      const offline = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
      const { stdout } = spawnSync(
        browser ?? '',
        [...alone, offline, '--virtual-time-budget=10000', '--dump-dom', `${run?.ready.service}/docs`],
        {
          encoding: 'utf8',
          timeout: 60_000,
          maxBuffer: 64 * 1024 * 1024,
        },
      );
      const text = stdout.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<[^>]+>/g, '');
      const answer = await fetch(`${run?.ready.service}/openapi.json`);
      const contract = (await answer.json()) as { paths: object };
      expect(Object.keys(contract.paths).length).toBeGreaterThan(10);
      expect(Object.keys(contract.paths).filter((path) => !text.includes(path))).toEqual([]);
    } finally {
      rmSync(profile, { recursive: true, force: true });
    }
  },
);
