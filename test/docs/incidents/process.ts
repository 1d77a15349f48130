import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

/** The last one: its process is started again under another number. */
export function playProcess(stage: Stage): void {
  describe('steady-state', () => {
    test('finds a Postroute at rest steady', async () => {
      const process = await stage.paste(['steady-state', 'The process', 0]);
      expect(process).toMatch(/^"ready":true\n"lastOutcome":"refreshed"\n"state":"answers"\n/);
      expect(await stage.paste(['steady-state', 'The process', 1])).toBe('404\n');
      const figures = await stage.paste(['steady-state', 'The figures', 0]);
      for (const figure of ['send_paused 0', 'send_held 0', 'send_queue_depth', 'webhook_rejected_total{', 'drift_open{'])
        expect(figures).toContain(`email_${figure}`);
      const tenants = await stage.attempt(['steady-state', 'The tenants', 0]);
      expect(tenants).toMatchObject({ code: 0, out: expect.stringContaining('operational="MISSING"') });
      expect(await stage.paste(['steady-state', 'Drift', 0])).toMatch(/"name":"registry"\n"outcome":"completed"/);
    });
  });

  describe('postmark-account', () => {
    test('tells a good account token from another, and hears that Postmark took it', async () => {
      const POSTMARK_ACCOUNT_TOKEN = await stage.situation.accountToken();
      const check = (token: string) => stage.attempt(['postmark-account', 'Check the token', 0], { POSTMARK_ACCOUNT_TOKEN: token });
      expect(await check('another')).not.toMatchObject({ code: 0 });
      expect(await check(POSTMARK_ACCOUNT_TOKEN)).toMatchObject({ code: 0, out: expect.stringMatching(/^("TotalCount":\d+\n){2}$/) });
      expect(await stage.typed(['postmark-account', 'A new token', 0])).toMatch(/ yes\n/);
      expect(await stage.typed(['postmark-account', 'Check', 0])).toMatch(/account token .*\(accepted\)/);
    });
  });

  describe('requests-fail', () => {
    test.skipIf(!hasProgram('psql'))('finds the session that keeps everybody waiting, and ends it', async () => {
      const DATABASE_URL = stage.postroute.ready.databaseUrl;
      const somebody = new Client({ connectionString: DATABASE_URL, application_name: 'a report' });
      somebody.on('error', () => {});
      await somebody.connect();
      onTestFinished(() => somebody.end().catch(() => {}));
      await somebody.query('begin; lock table email_job in access exclusive mode');
      const read = stage.situation.api().get('/job?limit=1', { tenant: 'deleted' });
      // Gauges read the locked table, so that the figures come late.
      const figures = stage.paste(['requests-fail', 'Diagnosis', 0]);
      const holders = await stage.pasteUntil(['requests-fail', 'Diagnosis', 1], 'a report', { DATABASE_URL });
      const BLOCKER = /^(\d+)\|a report\|idle in transaction\|/m.exec(holders)?.[1] ?? '';
      expect(await stage.paste(['requests-fail', 'Mitigation', 0], { DATABASE_URL, BLOCKER })).toBe('t\n');
      expect(await figures).toContain('"ready":true');
      // 503 where the wait had become too long for it.
      expect([200, 503]).toContain((await read).status);
      expect(await stage.paste(['requests-fail', 'Mitigation', 1], { TENANT: 'deleted' })).toContain('"items"');
    });
  });

  describe('start-and-stop', () => {
    test('kills a process that hangs, stops one in good order, and finds it up again', async () => {
      const ready = () => stage.paste(['start-and-stop', 'Mitigation', 2]);
      const gone = (pid: number) => expect.poll(() => stage.servicePid(), { timeout: 30_000 }).not.toBe(pid);
      const pid = stage.servicePid();
      process.kill(pid, 'SIGSTOP');
      expect(await stage.paste(['start-and-stop', 'Diagnosis', 0])).toBe('000\n');
      await stage.paste(['start-and-stop', 'Mitigation', 1], { PID: String(pid) });
      await gone(pid);
      expect(await ready()).toContain('"ready":true');
      expect(await stage.paste(['start-and-stop', 'Diagnosis', 1])).toContain('"failing":[]');

      const second = stage.servicePid();
      await stage.paste(['start-and-stop', 'Mitigation', 0], { PID: String(second) });
      await gone(second);
      expect(await ready()).toContain('"ready":true');
      expect(await stage.paste(['start-and-stop', 'Diagnosis', 0])).toBe('200\n');
    });
  });
}
