import { describe, expect, test } from 'vitest';
import type { Stage } from '../support/stage.ts';

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
      expect(await stage.paste(['jobs-held', 'Diagnosis', 1])).toMatch(
        new RegExp(`"eId":"${CONFIGURATION}"\n"tenantId":"held"\n"inFlight":1`),
      );
      const held = await stage.paste(['jobs-held', 'Diagnosis', 2], { TENANT: 'held' });
      expect(held).toContain(`"eId":"${job.eId}"`);
      expect(held).toContain('the message search cannot be asked');
      await stage.situation.control('DELETE', '/fault');
      await stage.advance(30);
      expect(await stage.paste(['jobs-held', 'Mitigation', 0], { TENANT: 'held' })).toBe('"items":[]\n');
      const { body } = await stage.situation.api().get(`/job/${job.eId}`, { tenant: 'held' });
      expect(body).toMatchObject({ status: 'SENT', attempts: 1 });
    });
  });
}
