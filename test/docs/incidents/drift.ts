import { describe, expect, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

type Named = { postmark: { serverId: number } };

const aws = hasProgram('aws');

export function playDrift(stage: Stage): void {
  const record = (body: unknown) => stage.situation.control('POST', '/route53/record', body);
  const configuration = async (eId: string, tenant: string) =>
    (await stage.situation.api().get(`/configuration/${eId}`, { tenant })).body as Named & { dns: { purpose: string; name: string }[] };
  const finding = async (tag: string, eId: string): Promise<unknown> => {
    const { body } = await stage.situation.api().get(`/drift/finding?open=true&tag=email.drift.${tag}`);
    return (body as { items: { eId: string | null }[] }).items.find((item) => item.eId === eId);
  };
  /** Past the time in which our own write may still be spreading. */
  const settled = () => stage.advance(400);

  describe('drift-dns-dkim-mismatch', () => {
    test.skipIf(!aws)('shows what the record holds now, and writes it as it was', async () => {
      const CONFIGURATION = await stage.situation.sendable('forged');
      const { dns } = await configuration(CONFIGURATION, 'forged');
      const name = dns.find(({ purpose }) => purpose === 'dkim')?.name;
      await settled();
      await record({ action: 'UPSERT', name, type: 'TXT', ttl: 300, values: ['k=rsa; p=somebodys'] });
      const seen = await stage.paste(['drift-dns-dkim-mismatch', 'Diagnosis', 0]);
      expect(seen).toContain(`"eId":"${CONFIGURATION}"`);
      expect(seen).toMatch(/"class":"edited"[\s\S]*"observed":\["k=rsa; p=somebodys"\]/);
      const ZONE_ID = await stage.situation.zoneId();
      expect(await stage.paste(['drift-dns-dkim-mismatch', 'Mitigation', 0], { CONFIGURATION, ZONE_ID })).toMatch(/^(PENDING|INSYNC)\n$/);
      expect(await stage.paste(['drift-dns-dkim-mismatch', 'Mitigation', 1], { CONFIGURATION })).toBe('mended\n');
      expect(await finding('dns_dkim_mismatch', CONFIGURATION)).toBeUndefined();
    });
  });

  describe('drift-dns-return-path-mismatch', () => {
    test.skipIf(!aws)('shows that the record is gone, and writes it as it was', async () => {
      const CONFIGURATION = await stage.situation.sendable('astray');
      await settled();
      await record({ action: 'DELETE', name: 'pm-bounces.astray.dev.ardamails.com', type: 'CNAME' });
      const seen = await stage.paste(['drift-dns-return-path-mismatch', 'Diagnosis', 0]);
      expect(seen).toContain(`"eId":"${CONFIGURATION}"`);
      expect(seen).toMatch(/"class":"deleted"[\s\S]*"observed":null/);
      const ZONE_ID = await stage.situation.zoneId();
      await stage.paste(['drift-dns-return-path-mismatch', 'Mitigation', 0], { CONFIGURATION, ZONE_ID });
      expect(await stage.paste(['drift-dns-return-path-mismatch', 'Mitigation', 1], { CONFIGURATION })).toBe('mended\n');
      expect(await finding('dns_return_path_mismatch', CONFIGURATION)).toBeUndefined();
    });
  });

  describe('drift-postmark-orphan-server', () => {
    test('finds the server by name and id, and takes it out of the partition’s names', async () => {
      const made = (await stage.situation.control('POST', '/postmark/server', { name: 'ardamails-dev-bytest' })) as { ID: number };
      const SERVER_ID = String(made.ID);
      const seen = await stage.paste(['drift-postmark-orphan-server', 'Diagnosis', 0]);
      expect(seen).toMatch(new RegExp(`"postmarkServerId":${SERVER_ID}\\b[\\s\\S]*"serverName":"ardamails-dev-bytest"`));
      const POSTMARK_ACCOUNT_TOKEN = await stage.situation.accountToken();
      await stage.paste(['drift-postmark-orphan-server', 'Mitigation', 0], { POSTMARK_ACCOUNT_TOKEN, SERVER_ID });
      expect(await stage.paste(['drift-postmark-orphan-server', 'Mitigation', 1], { SERVER_ID })).toBe('mended\n');
    });
  });

  describe('drift-postmark-orphan-db-row', () => {
    test('provisions the tenant again under the same name, and mail goes out', async () => {
      const TENANT = 'deleted';
      const first = await stage.situation.sendable(TENANT);
      const { postmark } = await configuration(first, TENANT);
      const SERVER_ID = String(postmark.serverId);
      const POSTMARK_ACCOUNT_TOKEN = await stage.situation.accountToken();
      await stage.situation.control('POST', '/settings', { serverDeletion: true });
      await fetch(`${stage.postroute.ready.sandbox.postmark}/servers/${SERVER_ID}`, {
        method: 'DELETE',
        headers: { 'X-Postmark-Account-Token': POSTMARK_ACCOUNT_TOKEN, Accept: 'application/json' },
      });
      await stage.situation.control('POST', '/settings', { serverDeletion: false });
      expect(await stage.paste(['drift-postmark-orphan-db-row', 'Diagnosis', 0])).toContain(`"eId":"${first}"`);
      const asked = await stage.paste(['drift-postmark-orphan-db-row', 'Diagnosis', 1], { SERVER_ID, POSTMARK_ACCOUNT_TOKEN });
      expect(asked).toMatch(/"ErrorCode":[1-9]/);
      const again = await stage.paste(['drift-postmark-orphan-db-row', 'Mitigation', 0], { TENANT, CONFIGURATION: first });
      const CONFIGURATION = /"eId":"([^"]*)"/.exec(again)?.[1] ?? '';
      stage.situation.know(CONFIGURATION, TENANT);
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      const mended = await stage.paste(['drift-postmark-orphan-db-row', 'Mitigation', 1], { TENANT, CONFIGURATION });
      expect(mended).toBe('"canSend":true\nmended\n');
      expect(await stage.situation.send(TENANT, CONFIGURATION, 'ada@deleted.example')).toMatchObject({
        status: expect.stringMatching(/SENT|DELIVERED/),
      });
    });
  });

  describe('drift-not-observed', () => {
    test.skipIf(!aws)('says what refused, and looks again once it is mended', async () => {
      await stage.situation.untilStatus(await stage.situation.create('unseen'), 'LOCKED');
      await stage.situation.control('POST', '/fault', {
        service: 'route53',
        operation: 'ListResourceRecordSets',
        kind: 'status',
        status: 403,
        errorCode: 'AccessDenied',
      });
      await stage.paste(['drift-not-observed', 'Mitigation', 0], { ASSERTION: 'dns' });
      const seen = await stage.paste(['drift-not-observed', 'Diagnosis', 0]);
      expect(seen).toMatch(/"name":"dns"\n"outcome":"unreachable"\n"skipped":[1-9]\d*\n"reason":"[^"]*AccessDenied/);
      const ZONE_ID = await stage.situation.zoneId();
      expect((await stage.attempt(['drift-not-observed', 'Diagnosis', 1], { ZONE_ID })).errors).toContain('AccessDenied');
      await stage.situation.control('DELETE', '/fault');
      const mended = await stage.paste(['drift-not-observed', 'Mitigation', 0], { ASSERTION: 'dns' });
      expect(mended).toBe('"outcome":"completed"\n"skipped":0\n');
    });
  });
}
