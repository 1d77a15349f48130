/**
 * The material registry of a data folder: a JSON document with one data key, wrapped by the sandbox's KMS over the wire, as CDK makes it in production.
 * The plain key is never kept: the service unwraps it with KMS, with the same encryption context.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { z } from 'zod';
import { writePrivately } from '../writePrivately.ts';

const versionSchema = z.object({ wrappedKey: z.string(), kmsKeyArn: z.string(), createdAt: z.string() });
const registrySchema = z.object({ current: z.uuid(), versions: z.record(z.uuid(), versionSchema) });
type Registry = z.infer<typeof registrySchema>;

export type RegistryOptions = { folder: string; kmsEndpoint: string; kmsKeyArn: string; partition: string };

async function generate({ kmsEndpoint, kmsKeyArn, partition }: RegistryOptions): Promise<Registry> {
  const keyVersionId = randomUUID();
  const client = new KMSClient({
    endpoint: kmsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  });
  try {
    const context = { partition, keyVersionId, purpose: 'email-server-token' };
    const answer = await client.send(new GenerateDataKeyCommand({ KeyId: kmsKeyArn, KeySpec: 'AES_256', EncryptionContext: context }));
    answer.Plaintext?.fill(0);
    if (answer.CiphertextBlob === undefined) throw new Error("the sandbox's KMS answered GenerateDataKey without a wrapped key");
    const wrappedKey = Buffer.from(answer.CiphertextBlob).toString('base64');
    return { current: keyVersionId, versions: { [keyVersionId]: { wrappedKey, kmsKeyArn, createdAt: new Date().toISOString() } } };
  } finally {
    client.destroy();
  }
}

function readRegistry(path: string): Registry | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const parsed = registrySchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${path} is not a material registry; what was encrypted under it needs it, so mend it, or move the whole data folder away to begin anew`,
  );
}

/** Answers the path. An existing registry is left alone, but must belong to this KMS: its wrapped keys open nowhere else. */
export async function ensureMaterialRegistry(options: RegistryOptions): Promise<string> {
  const path = join(options.folder, 'material-registry.json');
  const registry = readRegistry(path);
  if (registry === null) {
    writePrivately(path, `${JSON.stringify(await generate(options), null, 2)}\n`);
    return path;
  }
  const foreign = Object.values(registry.versions).find(({ kmsKeyArn }) => kmsKeyArn !== options.kmsKeyArn);
  if (foreign === undefined) return path;
  throw new Error(
    `${path} was wrapped by ${foreign.kmsKeyArn}, and the sandbox's KMS has ${options.kmsKeyArn}: the sandbox's state was lost. Move ${options.folder} away to begin anew`,
  );
}
