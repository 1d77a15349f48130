/** Operations that use a key. */
import { z } from 'zod';
import { keyIdOfBlob, nonceLengthBytes, openBlob, sealBlob } from './ciphertextBlob.ts';
import { type KmsContext, type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { arnOf, type KmsKey, usable } from './kmsKeys.ts';

/** The API's bounds. */
const plaintextBytesMax = 4096;
const blobBytesMax = 6144;
const dataKeyBytesMax = 1024;

const blob = (bytesMax: number) =>
  z
    .base64()
    .min(1)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length <= bytesMax, `must have length less than or equal to ${bytesMax}`);

const encryptionContext = z.record(z.string(), z.string()).default({});
const algorithm = z.literal('SYMMETRIC_DEFAULT', 'the sandbox has symmetric keys only').default('SYMMETRIC_DEFAULT');

function sealed(context: KmsContext, key: KmsKey, plaintext: Buffer, pairs: Record<string, string>): string {
  return sealBlob(context.seed, key.id, plaintext, pairs, context.random.bytes(nonceLengthBytes)).toString('base64');
}

const dataKeyInput = z.object({
  KeyId: z.string().min(1),
  EncryptionContext: encryptionContext,
  KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
  NumberOfBytes: z.number().int().min(1).max(dataKeyBytesMax).optional(),
});

const generateDataKey = operation(dataKeyInput, (context, input) => {
  const key = usable(context.keys.find(input.KeyId));
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  const plaintext = context.random.bytes(input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32));
  return {
    CiphertextBlob: sealed(context, key, plaintext, input.EncryptionContext),
    Plaintext: plaintext.toString('base64'),
    KeyId: arnOf(key.id),
  };
});

const encryptInput = z.object({
  KeyId: z.string().min(1),
  Plaintext: blob(plaintextBytesMax),
  EncryptionContext: encryptionContext,
  EncryptionAlgorithm: algorithm,
});

const encrypt = operation(encryptInput, (context, input) => {
  const key = usable(context.keys.find(input.KeyId));
  const ciphertext = sealed(context, key, input.Plaintext, input.EncryptionContext);
  return { CiphertextBlob: ciphertext, KeyId: arnOf(key.id), EncryptionAlgorithm: input.EncryptionAlgorithm };
});

const decryptInput = z.object({
  CiphertextBlob: blob(blobBytesMax),
  KeyId: z.string().min(1).optional(),
  EncryptionContext: encryptionContext,
  EncryptionAlgorithm: algorithm,
});

/** The key that the blob names must be there and usable before the blob is looked into, as in KMS. */
const decrypt = operation(decryptInput, (context, input) => {
  const keyId = keyIdOfBlob(input.CiphertextBlob);
  if (input.KeyId !== undefined && context.keys.find(input.KeyId).id !== keyId) {
    throw new KmsError('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.');
  }
  const key = usable(context.keys.find(keyId));
  const plaintext = openBlob(context.seed, input.CiphertextBlob, input.EncryptionContext);
  return { KeyId: arnOf(key.id), Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: input.EncryptionAlgorithm };
});

export const cryptoOperations: Readonly<Record<string, KmsOperation>> = {
  GenerateDataKey: generateDataKey,
  Encrypt: encrypt,
  Decrypt: decrypt,
};
