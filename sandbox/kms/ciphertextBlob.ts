/**
 * What Encrypt and GenerateDataKey give out and Decrypt takes: self-contained, naming its key and the generation of its material.
 *
 * Layout: `SBK2` | key id (36 ASCII) | generation (2) | nonce (12) | AES-256-GCM ciphertext | tag (16). The encryption context is additional data, with
 * the pairs in order of their names, as is everything before the nonce. Blobs of `SBK1` are those of before keys could be rotated: they have no generation,
 * and open with the first material.
 * The material follows from the seed, the key's id and how often it was rotated, so that a blob opens again after a restart or a reset.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { KmsError } from './kmsError.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** `generation`: how often the key had been rotated when it was sealed. */
export type BlobHead = { keyId: string; generation: number };

const magicBytes = 4;
const keyIdBytes = 36;
const generationBytes = 2;
const nonceBytes = 12;
const tagBytes = 16;

function materialOf(seed: string, keyId: string, generation: number): Buffer {
  const label = generation === 0 ? `kms material ${keyId}` : `kms material ${keyId} ${generation}`;
  return createHmac('sha256', seed).update(label).digest();
}

/** What KMS calls the material by: 64 hexadecimal digits that give nothing of it away. */
export const keyMaterialId = (seed: string, keyId: string, generation: number): string =>
  createHash('sha256')
    .update('material id')
    .update(materialOf(seed, keyId, generation))
    .digest('hex');

function additionalData(head: Buffer, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([head, Buffer.from(JSON.stringify(pairs))]);
}

export function sealBlob(seed: string, head: BlobHead, plaintext: Buffer, context: EncryptionContext, nonce: Buffer): Buffer {
  const generation = Buffer.alloc(generationBytes);
  generation.writeUInt16BE(head.generation);
  const written = Buffer.concat([Buffer.from(`SBK2${head.keyId}`, 'ascii'), generation]);
  const cipher = createCipheriv('aes-256-gcm', materialOf(seed, head.keyId, head.generation), nonce);
  cipher.setAAD(additionalData(written, context));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([written, nonce, sealed, cipher.getAuthTag()]);
}

export const nonceLengthBytes = nonceBytes;

/** KMS says nothing about what was wrong with a ciphertext, and its error has an empty message. */
const invalid = () => new KmsError('InvalidCiphertextException', '');

function headOf(blob: Buffer): BlobHead & { sizeBytes: number } {
  const magic = blob.toString('latin1', 0, magicBytes);
  const sizeBytes = magicBytes + keyIdBytes + (magic === 'SBK2' ? generationBytes : 0);
  if ((magic !== 'SBK1' && magic !== 'SBK2') || blob.length < sizeBytes + nonceBytes + tagBytes) throw invalid();
  const keyId = blob.toString('latin1', magicBytes, magicBytes + keyIdBytes);
  return { keyId, generation: magic === 'SBK2' ? blob.readUInt16BE(magicBytes + keyIdBytes) : 0, sizeBytes };
}

export function blobHead(blob: Buffer): BlobHead {
  const { keyId, generation } = headOf(blob);
  return { keyId, generation };
}

export function openBlob(seed: string, blob: Buffer, context: EncryptionContext): Buffer {
  const { keyId, generation, sizeBytes } = headOf(blob);
  const nonce = blob.subarray(sizeBytes, sizeBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', materialOf(seed, keyId, generation), nonce, { authTagLength: tagBytes });
  decipher.setAAD(additionalData(blob.subarray(0, sizeBytes), context)).setAuthTag(blob.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(blob.subarray(sizeBytes + nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw invalid();
  }
}
