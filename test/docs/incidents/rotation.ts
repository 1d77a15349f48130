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
    await expect.poll(status, { timeout: 45_000 }).toBe('DELIVERED');
  };
  const upToDate = / yes\n$/;

  describe('api-key-rotation', () => {
    test('gives every webhook the new key, proves it, and lets the old one go', async () => {
      const TENANT = 'keyed';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const NEW_API_KEY = 'the-key-after-the-rotation';
      const environment = { NEW_API_KEY, ARDA_API_KEY_FILE: stage.keyFile };
      expect(await stage.typed(['api-key-rotation', '1. The new key beside the old', 0], environment)).toMatch(upToDate);
      const proven = /all (\d+) webhook\(s\) present key (\w{16}) and are signed with \w{16}; every process holds them\n$/;
      const [, , fingerprint] =
        proven.exec(await stage.typed(['api-key-rotation', '2. Every webhook is given the new one', 0], environment)) ?? [];
      expect(fingerprint).toBe(fingerprintOf(NEW_API_KEY));
      const proof = await stage.typed(['api-key-rotation', '3. Proof', 0], environment);
      expect(proof).toMatch(new RegExp(`^${fingerprint}\n[\\s\\S]*operator key +${fingerprint}, previous \\w{16}\n`));
      expect(proof).toMatch(proven);
      const gone = await stage.typed(['api-key-rotation', '4. The old key goes', 0], environment);
      expect(gone).toMatch(/previous last seen .*calls 20/);
      expect(gone).toMatch(upToDate);
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
      expect(await stage.typed(['webhook-signing-key-rotation', '1. The new key beside the old', 0], environment)).toMatch(upToDate);
      const { current, previous } = held();
      expect([previous, current.length]).toEqual([before, 64]);
      await stage.typed(['webhook-signing-key-rotation', '2. Every webhook is signed anew', 0], environment);
      const proof = await stage.typed(['webhook-signing-key-rotation', '3. Proof', 0], environment);
      expect(proof).toMatch(new RegExp(`are signed with ${fingerprintOf(current)}; every process holds them\n$`));
      expect(await stage.typed(['webhook-signing-key-rotation', '4. The old key goes', 0], environment)).toMatch(upToDate);
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

      const added = await stage.typed(['encryption-key-rotation', '1. A new version', 0], environment);
      expect(added).toContain(`before it ${OLD_VERSION}, now 2 version(s)`);
      await project();
      const { current } = registry();
      const refreshed = await stage.typed(['encryption-key-rotation', '1. A new version', 1], environment);
      expect(refreshed).toMatch(new RegExp(`\n\\S+ +${current} .* yes\n$`));
      const sealed = await stage.typed(['encryption-key-rotation', '2. Seal everything under it', 0], environment);
      expect(sealed).toMatch(/\] (\d+) of \1 under .*\nnothing names another version: the others can be retired\n$/);
      const retired = await stage.typed(['encryption-key-rotation', '3. Retire the old version', 0], environment);
      expect(retired).toMatch(new RegExp(`\n${OLD_VERSION} +no +yes +0 `));
      expect(retired).toContain(`retired ${OLD_VERSION}; 1 version(s) are left`);
      await project();
      expect(Object.keys(registry().versions)).toEqual([current]);
      secrets.destroy();
      await delivered(TENANT, CONFIGURATION);
    });
  });

  describe('server-token-replacement', () => {
    test('takes over the second token, says so in the history, and mail goes on when the first is gone', async () => {
      const TENANT = 'retokened';
      const CONFIGURATION = await stage.situation.sendable(TENANT);
      const shown = await stage.typed(['server-token-replacement', '1. A second token', 0], { CONFIGURATION });
      const server = Number(/server +(\d+) ardamails-dev-retokened\n/.exec(shown)?.[1]);
      const change = (body: object) => stage.situation.control('POST', '/postmark/token', { server, ...body });
      const { ApiTokens } = (await change({ action: 'generate' })) as { ApiTokens: string[] };
      const taken = await stage.typed(['server-token-replacement', '2. It is taken over', 0], { CONFIGURATION });
      expect(taken).toMatch(/ postroute +ServerTokenReplaced /);
      await change({ action: 'remove', token: ApiTokens[0] });
      expect(await stage.typed(['server-token-replacement', 'Check', 0], { CONFIGURATION })).toContain('can send\n');
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
