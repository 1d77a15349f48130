import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

type Webhook = { Url: string; HttpHeaders: { Name: string; Value: string }[] };
type State = { postmark: { servers: { Name: string; webhooks: Webhook[] }[] } };

export function playWebhooks(stage: Stage): void {
  describe('webhook-rejected-auth-mismatch', () => {
    const tickSeconds = 15 * 60;

    test('tells a forgotten previous key from a wrong signature, and loses no callback once it is back', async () => {
      const CONFIGURATION = await stage.situation.sendable('rotated');
      const OLD_API_KEY = stage.key;
      writeFileSync(stage.keyFile, JSON.stringify({ current: 'second-operator-key' }));
      await stage.advance(tickSeconds);
      stage.key = 'second-operator-key';
      const job = (await stage.situation.send('rotated', CONFIGURATION, 'ada@rotated.example')) as { eId: string; status: string };
      expect(job.status).toBe('SENT');
      const environment = { TENANT: 'rotated', JOB: job.eId, OLD_API_KEY, ARDA_API_KEY_FILE: stage.keyFile };
      const figures = () => stage.paste(['webhook-rejected-auth-mismatch', 'Diagnosis', 0], environment);
      await expect.poll(figures, { timeout: 45_000 }).toMatch(/email_webhook_rejected_total\{reason="auth_mismatch"\} [1-9]/);
      expect(await figures()).toMatch(/postmark-events.*status="503"/);
      const told = await stage.typed(['webhook-rejected-auth-mismatch', 'Diagnosis', 1], environment);
      expect([/ accepted /.test(told), / attempt /.test(told), / providerEvent /.test(told)]).toEqual([true, true, false]);

      await stage.paste(['webhook-rejected-auth-mismatch', 'Mitigation', 0], environment);
      expect(await stage.paste(['webhook-rejected-auth-mismatch', 'Mitigation', 1], environment)).toContain('loadedAt');
      // Postmark's next retries.
      await stage.advance(600);
      const come = async () => (await stage.attempt(['webhook-rejected-auth-mismatch', 'Mitigation', 2], environment)).out;
      await expect.poll(come, { timeout: 45_000 }).toContain('recordType=Delivery');
    });
  });

  describe('webhook-malformed', () => {
    test.skipIf(!hasProgram('psql'))('shows what came, and makes the bounce count that could not be read', async () => {
      const TENANT = 'garbled';
      await stage.situation.sendable(TENANT);
      const { postmark } = (await stage.situation.control('GET', '/state')) as State;
      const webhook = postmark.servers.find(({ Name }) => Name === 'ardamails-dev-garbled')?.webhooks[0];
      const headers = Object.fromEntries(webhook?.HttpHeaders.map(({ Name, Value }) => [Name, Value]) ?? []);
      const RECIPIENT = 'ada@garbled.example';
      const body = JSON.stringify({ RecordType: 'Bounce', Type: 'HardBounce', Email: RECIPIENT });
      const { status } = await fetch(webhook?.Url ?? '', {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body,
      });
      expect(status).toBe(200);
      const DATABASE_URL = stage.postroute.ready.databaseUrl;
      expect(await stage.paste(['webhook-malformed', 'Diagnosis', 0], { DATABASE_URL })).toMatch(/garbled.*ada@garbled\.example/);
      // The rows bear the sandbox's time, which is ahead of the database's.
      expect(await stage.paste(['webhook-malformed', 'Diagnosis', 1], { DATABASE_URL })).toMatch(/garbled\|\w+\|1/);
      const made = await stage.typed(['webhook-malformed', 'Mitigation', 0], { TENANT, RECIPIENT });
      expect(made).toMatch(/ManualSuppression +operator +yes/);
      expect(await stage.paste(['webhook-malformed', 'Mitigation', 1])).toMatch(/ [1-9]/);
    });
  });

  describe('jobs-inconsistent', () => {
    test('lists them with what was reported, and is over when somebody says what happened', async () => {
      const TENANT = 'torn';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const at = ((await stage.situation.control('GET', '/state')) as { now: string }).now;
      const RECIPIENT = 'ada@torn.example';
      const job = (await stage.situation.send(TENANT, CONFIGURATION, RECIPIENT)) as { eId: string };
      const { items } = (await stage.situation.control('GET', `/mail?to=${RECIPIENT}`)) as { items: { MessageID: string }[] };
      await stage.situation.control('POST', '/postmark/event', {
        messageId: items[0]?.MessageID,
        type: 'Bounce',
        bounceType: 'HardBounce',
        at,
      });
      await stage.typedUntil(['jobs-inconsistent', 'Diagnosis', 0], job.eId, { TENANT });
      const told = await stage.typed(['jobs-inconsistent', 'Diagnosis', 1], { TENANT, JOB: job.eId });
      expect(told).toMatch(/Bounce[\s\S]*Delivery/);
      expect(await stage.typed(['jobs-inconsistent', 'Mitigation', 0], { TENANT, JOB: job.eId })).toMatch(/^DELIVERED /m);
      expect(await stage.typed(['jobs-inconsistent', 'Mitigation', 1], { TENANT })).toBe('');
    });
  });
}
