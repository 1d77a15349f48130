import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenerateDataKeyWithoutPlaintextCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

type Registry = { current: string; versions: Record<string, { wrappedKey: string; kmsKeyArn: string; createdAt: string }> };

const REGISTRY_SECRET = 'Alpha002-dev/email/material-registry';
const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

export function playMaterial(stage: Stage): void {
  const file = () => join(stage.postroute.ready.dataDir, 'material-registry.json');
  const refresh = () => stage.situation.api().post('/material/refresh', {});

  /** The registry of somebody who forgot what it held: one new version alone, in secret and file; the secret remembers the one before. */
  const forgetful = async (): Promise<void> => {
    const { sandbox } = stage.postroute.ready;
    const before = readFileSync(file(), 'utf8');
    const kmsKeyArn = Object.values((JSON.parse(before) as Registry).versions)[0]?.kmsKeyArn ?? '';
    const keyVersionId = randomUUID();
    const kms = new KMSClient({ endpoint: sandbox.kms, region: 'us-east-1', credentials });
    const EncryptionContext = { partition: 'Alpha002-dev', keyVersionId, purpose: 'email-server-token' };
    const made = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: kmsKeyArn, KeySpec: 'AES_256', EncryptionContext }));
    const wrappedKey = Buffer.from(made.CiphertextBlob ?? []).toString('base64');
    const after: Registry = {
      current: keyVersionId,
      versions: { [keyVersionId]: { wrappedKey, kmsKeyArn, createdAt: new Date().toISOString() } },
    };
    const secrets = new SecretsManagerClient({ endpoint: sandbox.aws, region: 'us-east-1', credentials });
    await secrets.send(new CreateSecretCommand({ Name: REGISTRY_SECRET, SecretString: before }));
    await secrets.send(new PutSecretValueCommand({ SecretId: REGISTRY_SECRET, SecretString: JSON.stringify(after) }));
    writeFileSync(file(), JSON.stringify(after));
    await refresh();
  };

  describe.skipIf(!hasProgram('aws'))('the registry', () => {
    const carry = () =>
      stage.paste(['material-registry-stale', 'Mitigation', 1], { REGISTRY_SECRET, EMAIL_MATERIAL_REGISTRY_FILE: file() });

    test('drift-registry-missing-key: names the version, and puts it back beside the new one', async () => {
      const CONFIGURATION = await stage.situation.create('sealed');
      await stage.situation.untilStatus(CONFIGURATION, 'LOCKED');
      await forgetful();
      expect(await stage.paste(['drift-registry-missing-key', 'Diagnosis', 0])).toContain(`"eId":"${CONFIGURATION}"`);
      expect(await stage.paste(['drift-registry-missing-key', 'Diagnosis', 1])).toMatch(/"kmsKeyArn":null\n"loaded":\w+\n"rows":[1-9]/);
      await stage.paste(['drift-registry-missing-key', 'Mitigation', 0], { REGISTRY_SECRET });
      await carry();
      const mended = await stage.paste(['drift-registry-missing-key', 'Mitigation', 1], { CONFIGURATION });
      expect(mended).toBe('"lastOutcome":"refreshed"\nmended\n');
    });

    test('material-registry-stale: says why it cannot be read, and reads it once it is written anew', async () => {
      writeFileSync(file(), '{ "current": ');
      await refresh();
      expect(await stage.paste(['material-registry-stale', 'Diagnosis', 0])).toMatch(/"lastOutcome":"failed"\n"lastReason":"[^"]+/);
      expect(await stage.paste(['material-registry-stale', 'Mitigation', 0], { REGISTRY_SECRET })).toMatch(/"current": ?"[0-9a-f-]{36}"/);
      await carry();
      expect(await stage.paste(['material-registry-stale', 'Mitigation', 2])).toMatch(/^"lastOutcome":"refreshed"\n"upToDate":true/);
    });
  });
}
