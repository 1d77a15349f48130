/**
 * Where the material registry is kept, for whoever changes it. A file, for development; a Secrets Manager secret, in production, from which the pods have their
 * files. Both write only over what was read: of two changes at once one is told that it came too late, so that no version is lost.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { PortFault } from '../core/portFault.ts';
import { awsFault } from './awsFault.ts';
import { type AwsOptions, awsClientOptions } from './awsOptions.ts';
import { withDeadline } from './deadline.ts';
import type { RegistryDocument } from './ports.ts';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The new text is written beside the file and takes its place in one step; that there is one already says that another change is under way. */
export function registryFile(file: string): RegistryDocument {
  const beside = `${file}.new`;
  return {
    name: file,
    async read() {
      const text = await textOf(file);
      return { text, version: text === null ? null : hashOf(text) };
    },
    async write(text, expected) {
      const handle = await open(beside, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        return null;
      });
      if (handle === null)
        return { kind: 'changed', why: `${beside} is there: another change is under way, or was cut off; then remove it` };
      try {
        await handle.writeFile(text);
        await handle.sync();
        const now = await textOf(file);
        if ((now === null ? null : hashOf(now)) !== expected) return { kind: 'changed', why: `${file} was changed meanwhile` };
        await rename(beside, file);
        return { kind: 'written' };
      } finally {
        await handle.close();
        await rm(beside, { force: true });
      }
    },
    close: () => {},
  };
}

const current = 'AWSCURRENT';
/** What Secrets Manager calls a version that is being brought in. */
const pending = 'AWSPENDING';

/**
 * A new version is put under AWSPENDING and then given AWSCURRENT, taken from the very version that was read: Secrets Manager refuses when another has it.
 * The one before stays as AWSPREVIOUS.
 */
export function registrySecret(secretId: string, options: AwsOptions): RegistryDocument {
  const client = new SecretsManagerClient(awsClientOptions(options));
  const ask = async <T>(operation: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(options.timeoutMs, null, call);
    } catch (error) {
      throw awsFault('secretsmanager', operation, error);
    }
  };
  const describe = () =>
    ask('DescribeSecret', (abortSignal) => client.send(new DescribeSecretCommand({ SecretId: secretId }), { abortSignal }));
  /** A secret's first version is given AWSCURRENT by itself, whatever it was put under; to move it there is then refused. */
  const isCurrent = async (versionId = ''): Promise<boolean> =>
    ((await describe()).VersionIdsToStages?.[versionId] ?? []).includes(current);

  return {
    name: secretId,
    async read() {
      try {
        const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: current });
        const { SecretString, VersionId } = await ask('GetSecretValue', (abortSignal) => client.send(command, { abortSignal }));
        return { text: SecretString ?? '', version: VersionId ?? null };
      } catch (error) {
        if (!(error instanceof PortFault) || !error.refusedWith('ResourceNotFoundException')) throw error;
        // The same name for a secret that is not there and for one without a value, as the stack makes it; the first is no registry.
        await describe();
        return { text: null, version: null };
      }
    },
    async write(text, expected) {
      const put = new PutSecretValueCommand({ SecretId: secretId, SecretString: text, VersionStages: [pending] });
      const { VersionId } = await ask('PutSecretValue', (abortSignal) => client.send(put, { abortSignal }));
      if (expected === null && (await isCurrent(VersionId))) return { kind: 'written' };
      const move = new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: current,
        MoveToVersionId: VersionId,
        ...(expected === null ? {} : { RemoveFromVersionId: expected }),
      });
      try {
        await ask('UpdateSecretVersionStage', (abortSignal) => client.send(move, { abortSignal }));
        return { kind: 'written' };
      } catch (error) {
        const isTaken =
          error instanceof PortFault && ['InvalidParameterException', 'InvalidRequestException'].some((name) => error.refusedWith(name));
        if (!isTaken) throw error;
        return { kind: 'changed', why: `${secretId} was changed meanwhile` };
      }
    },
    close: () => client.destroy(),
  };
}
