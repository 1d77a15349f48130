/**
 * What Encrypt and GenerateDataKey give out and Decrypt takes: self-contained, naming its key.
 *
 * Layout: `SBK1` | key id (36 ASCII) | nonce (12) | AES-256-GCM ciphertext | tag (16). The encryption context is additional data, with
 * the pairs in order of their names, as is everything before the nonce.
 * The key material follows from the seed and the key's id, so that a blob opens again after a restart or a reset.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { KmsError } from './kmsError.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

const magic = Buffer.from('SBK1');
const keyIdBytes = 36;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = magic.length + keyIdBytes;

const materialOf = (seed: string, keyId: string): Buffer => createHmac('sha256', seed).update(`kms material ${keyId}`).digest();

function additionalData(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}

export function sealBlob(seed: string, keyId: string, plaintext: Buffer, context: EncryptionContext, nonce: Buffer): Buffer {
  const head = Buffer.concat([magic, Buffer.from(keyId, 'ascii')]);
  const cipher = createCipheriv('aes-256-gcm', materialOf(seed, keyId), nonce).setAAD(additionalData(head, context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([head, nonce, sealed, cipher.getAuthTag()]);
}

export const nonceLengthBytes = nonceBytes;

/** KMS says nothing about what was wrong with a ciphertext, and its error has an empty message. */
const invalid = () => new KmsError('InvalidCiphertextException', '');

export function keyIdOfBlob(blob: Buffer): string {
  if (blob.length < headBytes + nonceBytes + tagBytes || !blob.subarray(0, magic.length).equals(magic)) throw invalid();
  return blob.subarray(magic.length, headBytes).toString('ascii');
}

export function openBlob(seed: string, blob: Buffer, context: EncryptionContext): Buffer {
  const keyId = keyIdOfBlob(blob);
  const nonce = blob.subarray(headBytes, headBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', materialOf(seed, keyId), nonce, { authTagLength: tagBytes });
  decipher.setAAD(additionalData(blob.subarray(0, headBytes), context)).setAuthTag(blob.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(blob.subarray(headBytes + nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw invalid();
  }
}
