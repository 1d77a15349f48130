/** Rotations as operators do them by the page, and KMS in a bad mood. Each page is played to its end, with mail before and after. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../service/work/fingerprint.ts';
import { hasProgram, type Stage } from '../support/stage.ts';

const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
const region = 'us-east-1';

export function playRotation(stage: Stage): void {
  const delivered = async (tenant: string, configuration: string): Promise<void> => {
    const job = (await stage.situation.send(tenant, configuration, `ada@${tenant}.example`)) as { eId: string };
    const status = async () => ((await stage.situation.api().get(`/job/${job.eId}`, { tenant })).body as { status: string }).status;
    await expect.poll(status, { timeout: 15_000 }).toBe('DELIVERED');
  };
  const upToDate = '"upToDate":true\n';

  describe('api-key-rotation', () => {
    test('gives every webhook the new key, proves it, and lets the old one go', async () => {
      const TENANT = 'keyed';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const NEW_API_KEY = 'the-key-after-the-rotation';
      const environment = { NEW_API_KEY, ARDA_API_KEY_FILE: stage.keyFile };
      expect(await stage.paste(['api-key-rotation', '1. The new key beside the old', 0], environment)).toBe(upToDate);
      const started = await stage.paste(['api-key-rotation', '2. Every webhook is given the new one', 0], environment);
      expect(started).toMatch(/"running":true\n"done":\d+\n"total":\d+/);
      const proof = await stage.paste(['api-key-rotation', '3. Proof', 0], environment);
      for (const shown of [`${fingerprintOf(NEW_API_KEY)}\n`, `"currentKeyFingerprint":"${fingerprintOf(NEW_API_KEY)}"`])
        expect(proof).toContain(shown);
      expect(proof).toMatch(/"stale":\[\]\n"staleProcesses":\[\]\n"complete":true\n$/);
      const gone = await stage.paste(['api-key-rotation', '4. The old key goes', 0], environment);
      expect(gone).toMatch(/"previousLastSeen":\{.*"calls":"20/);
      expect(gone).toContain(upToDate);
      expect((await stage.situation.api().get('/material')).status).toBe(401);
      stage.key = NEW_API_KEY;
      await delivered(TENANT, CONFIGURATION);
    });
  });

  describe('webhook-signing-key-rotation', () => {
    test('signs every webhook anew, proves it, and lets the old key go', async () => {
      const TENANT = 'signed';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const environment = { EMAIL_WEBHOOK_SIGNING_KEY_FILE: stage.signingKeyFile };
      const held = () => JSON.parse(readFileSync(stage.signingKeyFile, 'utf8')) as { current: string; previous?: string };
      const before = held().current;
      expect(await stage.paste(['webhook-signing-key-rotation', '1. The new key beside the old', 0], environment)).toBe(upToDate);
      const { current, previous } = held();
      expect([previous, current.length]).toEqual([before, 64]);
      await stage.paste(['webhook-signing-key-rotation', '2. Every webhook is signed anew', 0], environment);
      const proof = await stage.paste(['webhook-signing-key-rotation', '3. Proof', 0], environment);
      expect(proof).toContain(`"currentSigningKeyFingerprint":"${fingerprintOf(current)}"`);
      expect(proof).toMatch(/"stale":\[\]\n"staleProcesses":\[\]\n"complete":true\n$/);
      expect(await stage.paste(['webhook-signing-key-rotation', '4. The old key goes', 0], environment)).toContain(upToDate);
      expect(held()).toEqual({ current });
      await delivered(TENANT, CONFIGURATION);
    });
  });

  describe('encryption-key-rotation', () => {
    test('adds a version, seals everything under it, and retires the old one', { timeout: 120_000 }, async () => {
      const TENANT = 'resealed';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const { dataDir, sandbox } = stage.postroute.ready;
      const projected = join(dataDir, 'material-registry.json');
      const REGISTRY = 'Alpha002-dev/email/registry-to-rotate';
      const secrets = new SecretsManagerClient({ region, endpoint: sandbox.aws, credentials });
      /** What the kubelet does by itself. */
      const project = async (): Promise<void> => {
        const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: REGISTRY }));
        writeFileSync(projected, SecretString);
      };
      const registry = () => JSON.parse(readFileSync(projected, 'utf8')) as { current: string; versions: Record<string, unknown> };
      const OLD_VERSION = registry().current;
      await secrets.send(new CreateSecretCommand({ Name: REGISTRY, SecretString: readFileSync(projected, 'utf8') }));
      const environment = { REGISTRY, OLD_VERSION, PARTITION: 'Alpha002-dev' };

      const added = await stage.attempt(['encryption-key-rotation', '1. A new version', 0], environment);
      expect(added).toMatchObject({ code: 0, out: expect.stringContaining(`before it ${OLD_VERSION}, now 2 version(s)`) });
      await project();
      const { current } = registry();
      const refreshed = await stage.paste(['encryption-key-rotation', '1. A new version', 1], environment);
      expect(refreshed).toMatch(new RegExp(`"process":"[^"]+"\n"current":"${current}"\n${upToDate}$`));
      const sealed = await stage.paste(['encryption-key-rotation', '2. Seal everything under it', 0], environment);
      expect(sealed).toMatch(/"done":(\d+)\n"total":\1\n"stale":\[\]\n$/);
      const { code, out: retired } = await stage.attempt(['encryption-key-rotation', '3. Retire the old version', 0], environment);
      expect(code).toBe(0);
      expect(retired).toContain(`"keyVersionId":"${OLD_VERSION}"\n"rows":0`);
      expect(retired).toContain(`retired ${OLD_VERSION}; 1 version(s) are left`);
      await project();
      expect(Object.keys(registry().versions)).toEqual([current]);
      secrets.destroy();
      await delivered(TENANT, CONFIGURATION);
    });
  });

  describe('kms-does-not-open', () => {
    test('says that KMS does not open the key, and is over when it does; mail goes on meanwhile', async () => {
      const TENANT = 'unopened';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const client = new KMSClient({ region, endpoint: stage.postroute.ready.sandbox.kms, credentials });
      const { versions } = (await stage.situation.api().get('/material')).body as { versions: { kmsKeyArn: string }[] };
      const KMS_KEY_ARN = versions[0]?.kmsKeyArn ?? '';
      await client.send(new DisableKeyCommand({ KeyId: KMS_KEY_ARN }));
      await stage.advance(15 * 60);
      const seen = await stage.pasteUntil(['kms-does-not-open', 'Diagnosis', 0], '"state":"failing"');
      expect(seen).toContain('DisabledException');
      expect(seen).toMatch(/refresh_failures_total\{reason="key_disabled"\} [1-9]/);
      expect(seen).toMatch(/refresh_kms_answers 0/);
      await delivered(TENANT, CONFIGURATION);
      if (hasProgram('aws')) await stage.paste(['kms-does-not-open', 'Mitigation', 0], { KMS_KEY_ARN });
      else await client.send(new EnableKeyCommand({ KeyId: KMS_KEY_ARN }));
      client.destroy();
      expect(await stage.paste(['kms-does-not-open', 'Mitigation', 1])).toBe(
        '"lastOutcome":"refreshed"\n"state":"answers"\n"registry":"ok"\n',
      );
    });
  });
}
