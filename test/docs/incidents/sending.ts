import { describe, expect, test } from 'vitest';
import type { Stage } from '../support/stage.ts';

type Job = { eId: string; status: string };

const deleteServer = async (stage: Stage, configurationEId: string, tenant: string): Promise<void> => {
  const { body } = await stage.situation.api().get(`/configuration/${configurationEId}`, { tenant });
  const { serverId } = (body as { postmark: { serverId: number } }).postmark;
  const headers = { accept: 'application/json', 'X-Postmark-Account-Token': await stage.situation.accountToken() };
  const { status } = await fetch(`${stage.postroute.ready.sandbox.postmark}/servers/${serverId}`, { method: 'DELETE', headers });
  expect(status).toBe(200);
};

export function playSending(stage: Stage): void {
  describe('jobs-held', () => {
    test('finds them, says why each is unknown, and sees them resolve when the search is back', async () => {
      const CONFIGURATION = await stage.situation.sendable('held');
      await stage.situation.control('POST', '/settings', { autoDeliver: false });
      await stage.situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'timeout-after', times: 1 });
      await stage.situation.control('POST', '/fault', {
        service: 'postmark',
        operation: 'GET /messages/outbound',
        kind: 'status',
        status: 503,
      });
      const job = (await stage.situation.send('held', CONFIGURATION, 'ada@held.example')) as { eId: string; status: string };
      expect(job.status).toBe('HELD');
      await stage.advance(60);
      expect(await stage.paste(['jobs-held', 'Diagnosis', 0])).toMatch(/^email_send_attempts_total\{outcome="ambiguous"\} [1-9]/m);
      expect(await stage.typed(['jobs-held', 'Diagnosis', 1])).toMatch(
        new RegExp(`"eId":"${CONFIGURATION}"\n"tenantId":"held"\n"inFlight":1`),
      );
      expect(await stage.typed(['jobs-held', 'Diagnosis', 2], { TENANT: 'held' })).toMatch(
        new RegExp(`${job.eId}.*outcome_unknown: the message search cannot be asked`),
      );
      await stage.situation.control('DELETE', '/fault');
      await stage.advance(30);
      expect(await stage.typed(['jobs-held', 'Mitigation', 0], { TENANT: 'held' })).toBe('');
      const { body } = await stage.situation.api().get(`/job/${job.eId}`, { tenant: 'held' });
      expect(body).toMatchObject({ status: 'SENT', attempts: 1 });
    });
  });

  describe('job-triage', () => {
    test('a message whose server is gone is settled by an operator’s word, and sent again', async () => {
      const TENANT = 'gone';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      await stage.situation.control('POST', '/settings', { autoDeliver: false, serverDeletion: true });
      await stage.situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'timeout-before', times: 1 });
      const { eId: JOB } = (await stage.situation.send(TENANT, CONFIGURATION, 'ada@gone.example')) as Job;
      await deleteServer(stage, CONFIGURATION, TENANT);
      await stage.advance(60);
      const environment = { CONFIGURATION, TENANT, JOB };
      const found = async (): Promise<string> => (await stage.attempt(['job-triage', 'When', 0], environment)).out;
      await expect.poll(found, { timeout: 45_000, interval: 250 }).toMatch(new RegExp(`${JOB}.*server_gone`));
      expect(await stage.typed(['job-triage', 'Settle it', 0], environment)).toMatch(/^DEAD_LETTER /m);
      expect(await stage.typed(['job-triage', 'Send it again', 0], environment)).toMatch(/^QUEUED /m);
      expect(await stage.typed(['job-triage', 'Check', 0], environment)).toMatch(/triaged .*status=DEAD_LETTER/);
      await stage.situation.control('POST', '/settings', { serverDeletion: false });
    });
  });

  describe('sending-paused', () => {
    test('names Postmark’s code, and is over by itself once the account may send', async () => {
      const CONFIGURATION = await stage.situation.sendable('paused');
      await stage.situation.send('paused', CONFIGURATION, 'hardbounce@bounce-testing.postmarkapp.com');
      await stage.typedUntil(['sending-paused', 'Diagnosis', 2], /^BOUNCED .*hardbounce@/m, { TENANT: 'paused' });
      await stage.situation.control('POST', '/settings', { accountState: 'noCredits' });
      const job = (await stage.situation.send('paused', CONFIGURATION, 'ada@paused.example', 0)) as Job;
      await stage.pasteUntil(['sending-paused', 'Diagnosis', 0], /^email_send_paused 1$/m);
      expect(await stage.typed(['sending-paused', 'Diagnosis', 1], { CONFIGURATION })).toContain('postmark_405');
      await stage.situation.control('POST', '/settings', { accountState: 'active' });
      await stage.advance(61);
      await stage.pasteUntil(['sending-paused', 'Mitigation', 0], /^email_send_paused 0$/m);
      const { body } = await stage.situation.api().get(`/job/${job.eId}`, { tenant: 'paused' });
      expect(body).toMatchObject({ status: expect.stringMatching(/SENT|DELIVERED/) });
    });
  });

  describe('dead-letters', () => {
    test('shows each try, and sends again what was never sent', async () => {
      const TENANT = 'exhausted';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      await stage.situation.control('POST', '/fault', {
        service: 'postmark',
        operation: 'POST /email',
        kind: 'status',
        status: 503,
        errorCode: 100,
      });
      const job = (await stage.situation.send(TENANT, CONFIGURATION, 'ada@exhausted.example', 0)) as Job;
      await stage.advance(12_000);
      await stage.typedUntil(['dead-letters', 'Diagnosis', 0], new RegExp(`${job.eId}.*ada@exhausted\\.example`), { TENANT });
      const tries = await stage.typed(['dead-letters', 'Diagnosis', 1], { TENANT, JOB: job.eId });
      expect(tries.match(/outcome=transient/g)).toHaveLength(6);
      await stage.situation.control('DELETE', '/fault');
      expect(await stage.paste(['dead-letters', 'Diagnosis', 2])).toContain('outcome="transient"');
      const newJobs = (out: string) => [...out.matchAll(/^[A-Z]+ +(\S+) .*ada@exhausted\.example/gm)].map(([, eId]) => eId);
      const again = newJobs(await stage.typed(['dead-letters', 'Mitigation', 0], { TENANT }));
      expect(again).toHaveLength(1);
      // A run that was cut off is run once more.
      expect(newJobs(await stage.typed(['dead-letters', 'Mitigation', 0], { TENANT }))).toEqual(again);
      await stage.typedUntil(['dead-letters', 'Mitigation', 1], new RegExp(`^(SENT|DELIVERED) +${again[0]} `, 'm'), { TENANT });
    });
  });

  describe('queue-stands-still', () => {
    test('finds the tenant that was locked with mail queued, and lets it go', async () => {
      const CONFIGURATION = await stage.situation.sendable('waiting');
      await stage.situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'throttle' });
      const job = (await stage.situation.send('waiting', CONFIGURATION, 'ada@waiting.example', 0)) as Job;
      const signal = (name: string) => stage.situation.api().post(`/configuration/${CONFIGURATION}/${name}`, {}, { tenant: 'waiting' });
      await signal('lock');
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      await stage.situation.control('DELETE', '/fault');
      await stage.advance(600);
      await stage.pasteUntil(['queue-stands-still', 'Diagnosis', 0], /^email_send_queue_oldest_age_seconds [3-9]\d\d/m);
      const waiting = await stage.typed(['queue-stands-still', 'Diagnosis', 1]);
      expect(waiting).toMatch(new RegExp(`"eId":"${CONFIGURATION}"\n"tenantId":"waiting"\n"status":"LOCKED"\n"queued":1`));
      expect(await stage.paste(['queue-stands-still', 'Diagnosis', 2])).toMatch(/"seenAt":"/);
      expect(await stage.typed(['queue-stands-still', 'Mitigation', 0], { CONFIGURATION })).toMatch(/ lock [\s\S]* sends: yes/);
      await stage.pasteUntil(['queue-stands-still', 'Mitigation', 1], /^email_send_queue_oldest_age_seconds 0$/m);
      const { body } = await stage.situation.api().get(`/job/${job.eId}`, { tenant: 'waiting' });
      expect(body).toMatchObject({ status: expect.stringMatching(/SENT|DELIVERED/) });
    });
  });

  describe('lock-and-force-lock', () => {
    test('locks when what is under way is known, cancels what is queued at once, and unlocks', async () => {
      const TENANT = 'contained';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      expect(await stage.attempt(['lock-and-force-lock', 'Lock', 0], { CONFIGURATION: TENANT })).toMatchObject({
        code: 0,
        out: expect.stringMatching(/LOCKED +sends: no/),
      });
      expect(await stage.typed(['lock-and-force-lock', 'Unlock', 0], { CONFIGURATION })).toMatch(/UNLOCKED +sends: yes/);
      await stage.situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'throttle' });
      const job = (await stage.situation.send(TENANT, CONFIGURATION, 'ada@contained.example', 0)) as Job;
      expect(await stage.typed(['lock-and-force-lock', 'Force-lock', 0], { CONFIGURATION })).toMatch(/ LOCKED +sends: no/);
      await stage.situation.control('DELETE', '/fault');
      await expect
        .poll(() => stage.typed(['lock-and-force-lock', 'Force-lock', 1], { CONFIGURATION }), { timeout: 45_000 })
        .toContain(job.eId);
      const history = await stage.typed(['lock-and-force-lock', 'Check', 0], { CONFIGURATION });
      expect(history).toContain('INC-1: account taken over');
      const mail = (await stage.situation.control('GET', '/mail?to=ada@contained.example')) as { items: unknown[] };
      expect(mail.items).toEqual([]);
    });
  });

  describe('suppressions', () => {
    test('stops a recipient, and lets one have mail again; a complaint only by force', async () => {
      const TENANT = 'listed';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const RECIPIENT = 'ada@listed.example';
      const environment = { TENANT, CONFIGURATION, RECIPIENT };
      const allowed = () => stage.typed(['suppressions', 'Check', 0], environment);
      const [yes, no] = [/✓ +recipientAllowed/, /✗ +recipientAllowed/];
      expect(await stage.typed(['suppressions', 'Stop a recipient', 0], environment)).toMatch(/ManualSuppression +operator +yes/);
      expect(await allowed()).toMatch(no);
      expect(await stage.typed(['suppressions', 'Look', 0], environment)).toContain('ManualSuppression');
      expect(await stage.typed(['suppressions', 'Let one have mail again', 0], environment)).toMatch(/ManualSuppression +operator +no/);
      expect(await allowed()).toMatch(yes);

      await stage.situation.send(TENANT, CONFIGURATION, RECIPIENT);
      const { items } = (await stage.situation.control('GET', `/mail?to=${RECIPIENT}`)) as { items: { MessageID: string }[] };
      await stage.situation.control('POST', '/postmark/event', { messageId: items[0]?.MessageID, type: 'SpamComplaint' });
      await expect.poll(allowed, { timeout: 45_000 }).toMatch(no);
      const refused = await stage.attempt(['suppressions', 'Let one have mail again', 0], environment);
      expect([refused.code, refused.errors]).toEqual([4, expect.stringContaining('409 complaint_needs_force')]);
      expect(await stage.typed(['suppressions', 'Let one have mail again', 1], environment)).toMatch(/SpamComplaint +webhook +no/);
      expect(await allowed()).toMatch(yes);
      const whole = await stage.typed(['suppressions', 'Look', 1], environment);
      expect(whole.match(/ (ManualSuppression|SpamComplaint) /g)).toHaveLength(2);
    });
  });
}
