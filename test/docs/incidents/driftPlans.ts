import { describe, expect, test } from 'vitest';
import type { Stage } from '../support/stage.ts';

type Server = { ID: number; Name: string; ApiTokens: string[]; webhooks: { ID: number }[] };

/** What a plan mends: the pages that say so, and the one about plans. */
export function playDriftPlans(stage: Stage): void {
  const serverOf = async (slug: string): Promise<Server> => {
    const { postmark } = (await stage.situation.control('GET', '/state')) as { postmark: { servers: Server[] } };
    const server = postmark.servers.find(({ Name }) => Name === `ardamails-dev-${slug}`);
    if (server === undefined) throw new Error(`${slug} has no server`);
    return server;
  };
  const postmark = async (server: Server, method: string, path: string, body: unknown): Promise<void> => {
    const { status } = await fetch(`${stage.postroute.ready.sandbox.postmark}${path}`, {
      method,
      headers: { 'X-Postmark-Server-Token': server.ApiTokens[0] ?? '', Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(status).toBe(200);
  };

  describe('drift-webhook-mismatch', () => {
    test('says what differs, and installs the webhook as it should be', async () => {
      const CONFIGURATION = await stage.situation.sendable('unheard');
      const server = await serverOf('unheard');
      await postmark(server, 'PUT', `/webhooks/${server.webhooks[0]?.ID}`, { Triggers: { Delivery: { Enabled: false } } });
      const seen = await stage.paste(['drift-webhook-mismatch', 'Diagnosis', 0]);
      expect(seen).toMatch(new RegExp(`"eId":"${CONFIGURATION}"[\\s\\S]*"differs":\\["trigger Delivery is off"\\]`));
      const mended = await stage.paste(['drift-webhook-mismatch', 'Mitigation', 0], { CONFIGURATION });
      expect(mended).toBe('"kind":"reinstallWebhook"\nmended\n');
    });
  });

  describe('drift-suppressions', () => {
    test('says who is refused on one side alone, and makes both say the same', async () => {
      const CONFIGURATION = await stage.situation.sendable('apart');
      const server = await serverOf('apart');
      await stage.situation.control('POST', '/fault', { service: 'webhook', kind: 'drop' });
      await postmark(server, 'POST', '/message-streams/outbound/suppressions', { Suppressions: [{ EmailAddress: 'eve@apart.example' }] });
      // Lost for as long as its loss is looked for: it goes out when it goes out.
      const seen = await stage.paste(['drift-suppressions', 'Diagnosis', 0]);
      await stage.situation.control('DELETE', '/fault');
      expect(seen).toMatch(new RegExp(`"eId":"${CONFIGURATION}"[\\s\\S]*"recipients":\\["eve@apart.example"\\]`));
      const mended = await stage.paste(['drift-suppressions', 'Mitigation', 0], { CONFIGURATION });
      expect(mended).toBe('"kind":"mergeSuppressions"\nmended\n');
    });
  });

  describe('drift-plan', () => {
    test('shows what would be done, does it, and nothing of it is left', async () => {
      await stage.situation.sendable('planned');
      await stage.advance(400);
      await stage.situation.control('POST', '/route53/record', {
        action: 'DELETE',
        name: 'pm-bounces.planned.dev.ardamails.com',
        type: 'CNAME',
      });
      const read = await stage.typed(['drift-plan', 'Read the plan', 0]);
      expect(read).toMatch(/\nrewriteRecords +planned /);
      const PLAN = /^plan ([0-9a-f]{32}):/m.exec(read)?.[1] ?? '';
      expect(await stage.typed(['drift-plan', 'Apply it', 0], { PLAN })).toMatch(/^accepted: [1-9]/);
      await stage.advance(60);
      expect(await stage.typed(['drift-plan', 'Apply it', 1])).not.toContain('planned');
    });
  });
}
