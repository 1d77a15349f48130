import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Stage } from '../support/stage.ts';

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
      await expect.poll(figures, { timeout: 15_000 }).toMatch(/email_webhook_rejected_total\{reason="auth_mismatch"\} [1-9]/);
      expect(await figures()).toMatch(/postmark-events.*status="503"/);
      expect(await stage.paste(['webhook-rejected-auth-mismatch', 'Diagnosis', 1], environment)).toBe(
        '"kind":"accepted"\n"kind":"attempt"\n',
      );

      await stage.paste(['webhook-rejected-auth-mismatch', 'Mitigation', 0], environment);
      expect(await stage.paste(['webhook-rejected-auth-mismatch', 'Mitigation', 1], environment)).toContain('loadedAt');
      // Postmark's next retries.
      await stage.advance(600);
      await expect
        .poll(() => stage.paste(['webhook-rejected-auth-mismatch', 'Mitigation', 2], environment), { timeout: 15_000 })
        .toBe('"status":"DELIVERED"\n');
    });
  });
}
