/**
 * KMS wraps and unwraps the registry's data keys. The context is authenticated: another one, or another key, fails as `InvalidCiphertextException`
 * or `IncorrectKeyException`. The key to unwrap with is always named, so that a wrapped key of someone else's cannot be slipped in.
 */
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PortFault } from '../core/portFault.ts';
import { awsFault } from './awsFault.ts';
import { type AwsOptions, awsClientOptions } from './awsOptions.ts';
import { withDeadline } from './deadline.ts';
import type { KeyWrapper } from './ports.ts';

export function kms(options: AwsOptions): KeyWrapper & { close(): void } {
  const client = new KMSClient(awsClientOptions(options));
  const ask = async <T>(operation: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(options.timeoutMs, null, call);
    } catch (error) {
      throw awsFault('kms', operation, error);
    }
  };

  return {
    async generateDataKey(kmsKeyArn, context) {
      const operation = 'GenerateDataKey';
      const command = new GenerateDataKeyCommand({ KeyId: kmsKeyArn, KeySpec: 'AES_256', EncryptionContext: { ...context } });
      const answer = await ask(operation, (abortSignal) => client.send(command, { abortSignal }));
      return { plaintext: taken(operation, answer.Plaintext), wrapped: Buffer.from(required(operation, answer.CiphertextBlob)) };
    },

    async unwrap(kmsKeyArn, wrapped, context) {
      const operation = 'Decrypt';
      const command = new DecryptCommand({ KeyId: kmsKeyArn, CiphertextBlob: wrapped, EncryptionContext: { ...context } });
      const answer = await ask(operation, (abortSignal) => client.send(command, { abortSignal }));
      return taken(operation, answer.Plaintext);
    },

    close: () => client.destroy(),
  };
}

/** Our own copy of a plain key; the SDK's is wiped. The caller wipes ours. */
function taken(operation: string, bytes: Uint8Array | undefined): Buffer {
  const source = required(operation, bytes);
  const copy = Buffer.from(source);
  source.fill(0);
  return copy;
}

function required(operation: string, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes !== undefined && bytes.length > 0) return bytes;
  const detail = { class: 'unknown', provider: 'kms', operation, httpStatus: 200, code: null } as const;
  throw new PortFault(detail, `${operation}: KMS answered 200 without a key`, null);
}
