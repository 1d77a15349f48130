/** Operations that use a key. */
import { z } from 'zod';
import { blobHead, keyMaterialId, nonceLengthBytes, openBlob, sealBlob } from './ciphertextBlob.ts';
import { type KmsContext, type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { arnOf, type KmsKey, usable } from './kmsKeys.ts';

/** The API's bounds. */
const plaintextBytesMax = 4096;
const blobBytesMax = 6144;
const dataKeyBytesMax = 1024;

type Pairs = Record<string, string>;

const blob = (bytesMax: number) =>
  z
    .base64()
    .min(1)
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length <= bytesMax, `must have length less than or equal to ${bytesMax}`);

/** As it came: a schema of records would leave `__proto__` out, and a pair that is left out authenticates nothing. */
const encryptionContext = z
  .custom<Pairs>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((text) => typeof text === 'string'),
    'must map names to strings',
  )
  .default({});
const algorithm = z.literal('SYMMETRIC_DEFAULT', 'the sandbox has symmetric keys only').default('SYMMETRIC_DEFAULT');

function sealed(context: KmsContext, key: KmsKey, plaintext: Buffer, pairs: Pairs): string {
  const head = { keyId: key.id, generation: key.rotations.length };
  return sealBlob(context.seed, head, plaintext, pairs, context.random.bytes(nonceLengthBytes)).toString('base64');
}

const currentMaterialId = (context: KmsContext, key: KmsKey): string => keyMaterialId(context.seed, key.id, key.rotations.length);

/** What GetKeyLastUsage tells; a call that was refused is no use. */
function noteUse(context: KmsContext, key: KmsKey, operationName: string): void {
  key.lastUse = { operation: operationName, at: context.clock.now(), requestId: context.usage.uuid(), eventId: context.usage.uuid() };
}

const dataKeyInput = z.object({
  KeyId: z.string().min(1),
  EncryptionContext: encryptionContext,
  KeySpec: z.enum(['AES_256', 'AES_128']).optional(),
  NumberOfBytes: z.number().int().min(1).max(dataKeyBytesMax).optional(),
});

function dataKey(context: KmsContext, input: z.output<typeof dataKeyInput>, operationName: string) {
  const key = usable(context.keys.find(input.KeyId));
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined)) {
    throw new KmsError('ValidationException', 'Please specify either number of bytes or key spec.');
  }
  const plaintext = context.random.bytes(input.NumberOfBytes ?? (input.KeySpec === 'AES_128' ? 16 : 32));
  const CiphertextBlob = sealed(context, key, plaintext, input.EncryptionContext);
  noteUse(context, key, operationName);
  return { CiphertextBlob, Plaintext: plaintext.toString('base64'), KeyId: arnOf(key.id), KeyMaterialId: currentMaterialId(context, key) };
}

const generateDataKey = operation(dataKeyInput, (context, input) => dataKey(context, input, 'GenerateDataKey'));

const generateDataKeyWithoutPlaintext = operation(dataKeyInput, (context, input) => {
  const { Plaintext: _, ...answered } = dataKey(context, input, 'GenerateDataKeyWithoutPlaintext');
  return answered;
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
  noteUse(context, key, 'Encrypt');
  return { CiphertextBlob: ciphertext, KeyId: arnOf(key.id), EncryptionAlgorithm: input.EncryptionAlgorithm };
});

/** The key that the blob names must be there and usable before the blob is looked into, as in KMS. */
function opened(context: KmsContext, asked: { bytes: Buffer; keyReference: string | undefined; pairs: Pairs }) {
  const { keyId, generation } = blobHead(asked.bytes);
  if (asked.keyReference !== undefined && context.keys.find(asked.keyReference).id !== keyId) {
    throw new KmsError('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.');
  }
  const key = usable(context.keys.find(keyId));
  return { key, plaintext: openBlob(context.seed, asked.bytes, asked.pairs), materialId: keyMaterialId(context.seed, keyId, generation) };
}

const decryptInput = z.object({
  CiphertextBlob: blob(blobBytesMax),
  KeyId: z.string().min(1).optional(),
  EncryptionContext: encryptionContext,
  EncryptionAlgorithm: algorithm,
});

const decrypt = operation(decryptInput, (context, input) => {
  const { key, plaintext, materialId } = opened(context, {
    bytes: input.CiphertextBlob,
    keyReference: input.KeyId,
    pairs: input.EncryptionContext,
  });
  noteUse(context, key, 'Decrypt');
  return {
    KeyId: arnOf(key.id),
    Plaintext: plaintext.toString('base64'),
    EncryptionAlgorithm: input.EncryptionAlgorithm,
    KeyMaterialId: materialId,
  };
});

const reEncryptInput = z.object({
  CiphertextBlob: blob(blobBytesMax),
  SourceKeyId: z.string().min(1).optional(),
  SourceEncryptionContext: encryptionContext,
  SourceEncryptionAlgorithm: algorithm,
  DestinationKeyId: z.string().min(1),
  DestinationEncryptionContext: encryptionContext,
  DestinationEncryptionAlgorithm: algorithm,
});

const reEncrypt = operation(reEncryptInput, (context, input) => {
  const source = opened(context, {
    bytes: input.CiphertextBlob,
    keyReference: input.SourceKeyId,
    pairs: input.SourceEncryptionContext,
  });
  const destination = usable(context.keys.find(input.DestinationKeyId));
  const ciphertext = sealed(context, destination, source.plaintext, input.DestinationEncryptionContext);
  for (const key of new Set([source.key, destination])) noteUse(context, key, 'ReEncrypt');
  return {
    CiphertextBlob: ciphertext,
    SourceKeyId: arnOf(source.key.id),
    KeyId: arnOf(destination.id),
    SourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm,
    DestinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm,
    SourceKeyMaterialId: source.materialId,
    DestinationKeyMaterialId: currentMaterialId(context, destination),
  };
});

const randomInput = z.object({ NumberOfBytes: z.number().int().min(1).max(dataKeyBytesMax) });

const generateRandom = operation(randomInput, (context, input) => ({
  Plaintext: context.random.bytes(input.NumberOfBytes).toString('base64'),
}));

export const cryptoOperations: Readonly<Record<string, KmsOperation>> = {
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  Encrypt: encrypt,
  Decrypt: decrypt,
  ReEncrypt: reEncrypt,
  GenerateRandom: generateRandom,
};
