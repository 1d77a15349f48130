/**
 * A certificate for loopback, made anew at every start: nobody else has its key, and whoever trusts it can check it like any other.
 *
 * Node makes keys and signatures but no certificates, so the little of DER that one takes is written here (RFC 5280, X.690). Drawn from the system and
 * not from the seed, which everybody knows. About 2 ms.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export type SelfSigned = { key: string; certificate: string };

const name = 'smtp.postmarkapp.com';
const otherName = 'localhost';
/** 127.0.0.1 */
const address = [127, 0, 0, 1];

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const time = (text: string): Buffer => der(0x18, Buffer.from(text));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = oid(0x55, 0x04, 0x03);
const subjectAltName = oid(0x55, 0x1d, 0x11);
const version3 = der(0xa0, der(0x02, Buffer.from([2])));

/** Positive: the highest bit is the sign. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return der(0x02, bytes);
}

export function selfSigned(): SelfSigned {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const subject = sequence(set(sequence(commonName, der(0x0c, Buffer.from(name)))));
  const names = sequence(der(0x82, Buffer.from(name)), der(0x82, Buffer.from(otherName)), der(0x87, Buffer.from(address)));
  // Domain time is the sandbox's alone: whoever checks a certificate does so by its own clock, hence a life without an end.
  const validity = sequence(time('20000101000000Z'), time('99991231235959Z'));
  const signed = sequence(
    ...[version3, serialNumber(), ecdsaWithSha256, subject, validity, subject],
    pair.publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, names)))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', signed, pair.privateKey));
  const lines =
    sequence(signed, ecdsaWithSha256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    key: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
