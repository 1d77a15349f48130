import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { additionalData, formatEnvelope, parseEnvelope } from '../../../service/core/material/envelope.ts';
import { MaterialFault } from '../../../service/core/material/materialFault.ts';

const keyVersionId = '0199aaaa-0000-7000-8000-000000000001';

describe('the written form is pinned', () => {
  it('AES-256-GCM under a known key and nonce gives this text, for ever', () => {
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
    const nonce = Buffer.from('000000000000000000000001', 'hex');
    const sealing = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData('Alpha002-dev', 'e1', 'server-token'));
    const ciphertext = Buffer.concat([sealing.update('the-token', 'utf8'), sealing.final()]);
    const text = formatEnvelope({ keyVersionId, nonce, ciphertext, tag: sealing.getAuthTag() });
    expect(text).toBe(`a1.k${keyVersionId}:AAAAAAAAAAAAAAABYb7a0TCbW3tgKzOQ5KIjt-q-kUWo_6FulQ`);
    expect(parseEnvelope(text)).toEqual({ keyVersionId, nonce, ciphertext, tag: sealing.getAuthTag() });
  });

  it.each([
    ['server-token', 'a1|Alpha002-dev|e1|server-token'],
    ['routing-token', 'a1|Alpha002-dev|e1|routing-token'],
  ] as const)('the additional data of a %s name where it belongs', (purpose, text) => {
    expect(additionalData('Alpha002-dev', 'e1', purpose).toString()).toBe(text);
  });

  it('every envelope comes back as it was', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((each) => Buffer.from(each));
    const envelopes = fc.record({
      keyVersionId: fc.uuid(),
      nonce: bytes(12),
      ciphertext: fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
      tag: bytes(16),
    });
    fc.assert(
      fc.property(envelopes, (envelope) => {
        expect(parseEnvelope(formatEnvelope(envelope))).toEqual(envelope);
      }),
    );
  });
});

describe('what is no envelope is a named error, never a guess', () => {
  const good = formatEnvelope({ keyVersionId, nonce: Buffer.alloc(12), ciphertext: Buffer.from('x'), tag: Buffer.alloc(16) });
  it.each([
    ['nothing', '', 'malformed_envelope'],
    ['a plain token', '7f3c0b1e-1111-4222-8333-444455556666', 'malformed_envelope'],
    ['another algorithm', good.replace('a1.', 'a2.'), 'unknown_algorithm'],
    ['a text that was cut', `a1.k${keyVersionId}:AAAA`, 'malformed_envelope'],
    ['base64 with padding', `${good}=`, 'malformed_envelope'],
    ['another spelling of the same bytes', `a1.k${keyVersionId}:${'A'.repeat(38)}B`, 'malformed_envelope'],
  ])('%s', (_, text, code) => {
    const parse = () => parseEnvelope(text);
    expect(parse).toThrow(MaterialFault);
    expect(parse).toThrow(expect.objectContaining({ code }));
  });
});
