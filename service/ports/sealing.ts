/** AES-256-GCM in the written form of `core/material/envelope.ts`, with a plain key of 32 bytes. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { additionalData, type Envelope, formatEnvelope, nonceBytes, type Purpose, tagBytes } from '../core/material/envelope.ts';
import { MaterialFault } from '../core/material/materialFault.ts';

const cipher = 'aes-256-gcm';
export const keyBytes = 32;

/** Where a sealed text belongs; it opens nowhere else. */
export type Place = { partition: string; eId: string; purpose: Purpose };

export function sealUnder(keyVersionId: string, key: Buffer, { partition, eId, purpose }: Place, plaintext: string): string {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce).setAAD(additionalData(partition, eId, purpose));
  const ciphertext = Buffer.concat([sealing.update(plaintext, 'utf8'), sealing.final()]);
  return formatEnvelope({ keyVersionId, nonce, ciphertext, tag: sealing.getAuthTag() });
}

export function openUnder(key: Buffer, { partition, eId, purpose }: Place, { keyVersionId, nonce, ciphertext, tag }: Envelope): string {
  const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
  opening.setAAD(additionalData(partition, eId, purpose)).setAuthTag(tag);
  try {
    return Buffer.concat([opening.update(ciphertext), opening.final()]).toString('utf8');
  } catch (error) {
    throw new MaterialFault('not_authentic', `the ${purpose} of ${eId} does not open under key version ${keyVersionId}`, error);
  }
}
