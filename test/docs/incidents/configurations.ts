import { describe, expect, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

export function playConfigurations(stage: Stage): void {
  describe('configuration-cannot-send', () => {
    test('a locked one: names the lock, and the signal that explain gives opens it', async () => {
      const CONFIGURATION = await stage.situation.create('locked');
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      expect(await stage.situation.send('locked', CONFIGURATION, 'ada@locked.example')).toMatchObject({ code: 'not_sendable' });
      expect(await stage.typed(['configuration-cannot-send', 'Diagnosis', 0], { CONFIGURATION })).toContain('✗  administrative');
      expect(await stage.typed(['configuration-cannot-send', 'Mitigation', 0], { CONFIGURATION })).toMatch(/ sends: yes /);
    });

    test('a failing one: names the failures, and recover lets it send again', async () => {
      const CONFIGURATION = await stage.situation.sendable('failing');
      await stage.situation.control('POST', '/fault', {
        service: 'postmark',
        operation: 'POST /email',
        kind: 'status',
        status: 401,
        errorCode: 10,
        times: 5,
      });
      for (let sent = 0; sent < 5; sent += 1)
        expect(await stage.situation.send('failing', CONFIGURATION, 'ada@failing.example')).toMatchObject({ status: 'FAILED' });
      await stage.situation.untilStatus(CONFIGURATION, 'FAILURE');
      expect(await stage.typed(['configuration-cannot-send', 'Diagnosis', 0], { CONFIGURATION })).toContain('operationalStatus is FAILURE');
      const history = await stage.typed(['configuration-cannot-send', 'Diagnosis', 1], { CONFIGURATION });
      expect(history).toContain(' FailureThresholdCrossed ');
      expect(await stage.typed(['configuration-cannot-send', 'Mitigation', 0], { CONFIGURATION })).toMatch(/ sends: yes /);
      expect(await stage.situation.send('failing', CONFIGURATION, 'ada@failing.example')).toMatchObject({
        status: expect.stringMatching(/SENT|DELIVERED/),
      });
    });

    test('a suppressed recipient: named by explain, and mailed again once released', async () => {
      const CONFIGURATION = await stage.situation.sendable('bouncing');
      const RECIPIENT = 'hardbounce@bounce-testing.postmarkapp.com';
      await stage.situation.send('bouncing', CONFIGURATION, RECIPIENT);
      const refused = () => stage.typed(['configuration-cannot-send', 'Diagnosis', 0], { CONFIGURATION, RECIPIENT });
      await expect.poll(refused, { timeout: 45_000 }).toContain('✗  recipientAllowed');
      await stage.typed(['configuration-cannot-send', 'Mitigation', 1], { TENANT: 'bouncing', RECIPIENT });
      expect(await refused()).toContain(' can send\n');
    });
  });

  describe('verification-timed-out', () => {
    let CONFIGURATION: string;
    let TENANT = '';
    let returnPath = '';

    test('finds the configuration, and names the one record that is missing', async () => {
      TENANT = 'late';
      returnPath = 'pm-bounces.late.dev.ardamails.com';
      await stage.situation.control('POST', '/fault', { service: 'dns', kind: 'status' });
      CONFIGURATION = await stage.situation.create(TENANT);
      await stage.situation.untilStatus(CONFIGURATION, 'AWAITING_VERIFICATION');
      await stage.situation.control('POST', '/route53/record', { action: 'DELETE', name: returnPath, type: 'CNAME' });
      await stage.situation.control('DELETE', '/fault');
      await stage.advance(86_460);
      await stage.situation.untilStatus(CONFIGURATION, 'UNVERIFIED');
      expect(await stage.typed(['verification-timed-out', 'Diagnosis', 0])).toContain(CONFIGURATION);
      const fix = await stage.typed(['verification-timed-out', 'Diagnosis', 1], { CONFIGURATION });
      expect(fix).toContain(`without the Return-Path record (CNAME ${returnPath})`);
    });

    test.skipIf(!hasProgram('dig'))('asks the zone itself: what is there is shown, what is not is not', async () => {
      const seen = await stage.typed(['verification-timed-out', 'Diagnosis', 2], { CONFIGURATION });
      expect(seen).toMatch(/^TXT "k=rsa/);
      expect(seen).not.toContain('CNAME');
    });

    test('gives a fresh window once the record is back, and it is verified', async () => {
      await stage.situation.control('POST', '/route53/record', {
        action: 'UPSERT',
        name: returnPath,
        type: 'CNAME',
        ttl: 300,
        values: ['pm.mtasv.net'],
      });
      expect(await stage.typed(['verification-timed-out', 'Mitigation', 0], { CONFIGURATION })).toMatch(
        /AWAITING_VERIFICATION .*waits for: /,
      );
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      expect(await stage.typed(['verification-timed-out', 'Mitigation', 1], { CONFIGURATION })).toMatch(/^late\S+ +LOCKED$/m);
    });
  });

  describe('provisioning-orphan-server', () => {
    async function orphaned(tenant: string): Promise<{ CONFIGURATION: string; POSTMARK_ACCOUNT_TOKEN: string; SERVER_ID: string }> {
      const server = (await stage.situation.control('POST', '/postmark/server', { name: `ardamails-dev-${tenant}` })) as { ID: number };
      const CONFIGURATION = await stage.situation.create(tenant);
      await stage.situation.untilStatus(CONFIGURATION, 'MISSING');
      return { CONFIGURATION, POSTMARK_ACCOUNT_TOKEN: await stage.situation.accountToken(), SERVER_ID: String(server.ID) };
    }

    test('shows the server, never its token, and adopts it on request', async () => {
      const environment = await orphaned('handmade');
      expect(await stage.typed(['provisioning-orphan-server', 'Diagnosis', 0], environment)).toContain(
        'ardamails-dev-handmade exists already',
      );
      const servers = await stage.typed(['provisioning-orphan-server', 'Diagnosis', 1], environment);
      expect(servers).toContain(`"ID":${environment.SERVER_ID}`);
      expect(servers).not.toMatch(/ApiTokens|[0-9a-f]{8}-[0-9a-f]{4}/);
      await stage.typed(['provisioning-orphan-server', 'Mitigation', 0], environment);
      await stage.situation.untilStatus(environment.CONFIGURATION, 'LOCKED');
      const { body } = await stage.situation.api().get(`/configuration/${environment.CONFIGURATION}`, { tenant: 'handmade' });
      expect(body).toMatchObject({ postmark: { serverId: Number(environment.SERVER_ID) } });
    });

    test('leaves a server that is somebody else’s alone, under another name', async () => {
      const environment = await orphaned('somebodys');
      await stage.typed(['provisioning-orphan-server', 'Mitigation', 1], environment);
      await stage.situation.untilStatus(environment.CONFIGURATION, 'LOCKED');
      const { body } = await stage.situation.api().get(`/configuration/${environment.CONFIGURATION}`, { tenant: 'somebodys' });
      expect(body).not.toMatchObject({ postmark: { serverId: Number(environment.SERVER_ID) } });
    });
  });

  const refused = async (tenant: string): Promise<string> => {
    await stage.situation.control('POST', '/fault', {
      service: 'route53',
      operation: 'ChangeResourceRecordSets',
      kind: 'status',
      status: 403,
      errorCode: 'AccessDenied',
      times: 1,
    });
    const CONFIGURATION = await stage.situation.create(tenant);
    await stage.situation.untilStatus(CONFIGURATION, 'MISSING');
    return CONFIGURATION;
  };

  describe('provisioning-failed', () => {
    test('names the step and its code, and provisions again once the cause is mended', async () => {
      const CONFIGURATION = await refused('denied');
      expect(await stage.typed(['provisioning-failed', 'Diagnosis', 0])).toContain(CONFIGURATION);
      const failed = await stage.typed(['provisioning-failed', 'Diagnosis', 1], { CONFIGURATION });
      expect(failed).toMatch(/writeRecords.*AccessDenied/);
      expect(await stage.typed(['provisioning-failed', 'Diagnosis', 2], { CONFIGURATION })).toContain('postroute re-provision ');
      expect(await stage.typed(['provisioning-failed', 'Mitigation', 0], { CONFIGURATION })).toMatch(/ PROVISIONING /);
      await stage.typedUntil(['provisioning-failed', 'Mitigation', 1], /^denied\S+ +LOCKED$/m, { CONFIGURATION });
    });
  });

  describe('re-provision', () => {
    test('takes one to its end, then all that are missing, and shows what is left at Postmark', async () => {
      const one = await stage.attempt(['re-provision', 'One', 0], { CONFIGURATION: await refused('again') });
      expect(one).toMatchObject({ code: 0, out: expect.stringMatching(/again\.dev\.ardamails\.com +LOCKED/) });
      const CONFIGURATION = await refused('bulk');
      expect(await stage.typed(['re-provision', 'All that are missing', 0])).toMatch(/^bulk\S+ +PROVISIONING /m);
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      const POSTMARK_ACCOUNT_TOKEN = await stage.situation.accountToken();
      const left = await stage.paste(['re-provision', 'What stays at Postmark', 0], { POSTMARK_ACCOUNT_TOKEN });
      expect(left).toContain('"Name":"retired-ardamails-dev-bulk-');
      expect(await stage.typed(['re-provision', 'Check', 0])).toBe('"items":[]\n');
    });
  });
}
