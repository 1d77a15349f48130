/**
 * The written form of a sealed secret: `a1.k{keyVersionId}:{base64url(nonce | ciphertext | tag)}`. `a1` is AES-256-GCM with a nonce of 12 random
 * bytes and a tag of 16. The additional data bind a text to its partition, configuration and purpose, so that a row copied to another place does
 * not open there. Known-answer tests pin all of it: changing anything needs a new algorithm name.
 */
import { MaterialFault } from './materialFault.ts';

export const algorithm = 'a1';
export const nonceBytes = 12;
export const tagBytes = 16;

export type Purpose = 'server-token' | 'routing-token';

export type Envelope = { keyVersionId: string; nonce: Buffer; ciphertext: Buffer; tag: Buffer };

export function additionalData(partition: string, eId: string, purpose: Purpose): Buffer {
  return Buffer.from(`${algorithm}|${partition}|${eId}|${purpose}`, 'utf8');
}

/** How every text begins that is sealed under this version by this release. */
export const headerOf = (keyVersionId: string): string => `${algorithm}.k${keyVersionId}:`;

export function formatEnvelope({ keyVersionId, nonce, ciphertext, tag }: Envelope): string {
  return `${headerOf(keyVersionId)}${Buffer.concat([nonce, ciphertext, tag]).toString('base64url')}`;
}

export type ReadHeader =
  | { kind: 'sealed'; keyVersionId: string }
  | { kind: 'unreadable'; code: 'unknown_algorithm' | 'malformed_envelope' };

/** What a text says before its first colon: `a1.k{keyVersionId}`. */
export function readHeader(header: string): ReadHeader {
  const [, name, keyVersionId] = /^([a-z][a-z0-9]*)\.k([0-9A-Za-z-]+)$/.exec(header) ?? [];
  if (name === undefined || keyVersionId === undefined) return { kind: 'unreadable', code: 'malformed_envelope' };
  return name === algorithm ? { kind: 'sealed', keyVersionId } : { kind: 'unreadable', code: 'unknown_algorithm' };
}

const shape = /^([a-z][a-z0-9]*)\.k([0-9A-Za-z-]+):([0-9A-Za-z_-]+)$/;

export function parseEnvelope(text: string): Envelope {
  const parts = shape.exec(text);
  if (parts === null) throw new MaterialFault('malformed_envelope', 'a sealed text must look like a1.k{keyVersionId}:{base64url}');
  const [, name = '', keyVersionId = '', encoded = ''] = parts;
  if (name !== algorithm) throw new MaterialFault('unknown_algorithm', `sealed with algorithm ${name}; this release knows ${algorithm}`);
  const bytes = Buffer.from(encoded, 'base64url');
  // Base64 that is not canonical decodes to the same bytes as another text; one sealed secret has one written form.
  if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== encoded) {
    throw new MaterialFault('malformed_envelope', `the sealed text under key version ${keyVersionId} is cut or changed`);
  }
  return {
    keyVersionId,
    nonce: bytes.subarray(0, nonceBytes),
    ciphertext: bytes.subarray(nonceBytes, bytes.length - tagBytes),
    tag: bytes.subarray(bytes.length - tagBytes),
  };
}
