/**
 * A DKIM public key and the name it is published under.
 *
 * The key is a well-formed RSA public key (SubjectPublicKeyInfo, exponent 65537) whose modulus is drawn from the seed: nothing here signs
 * mail, so no private half is needed, and thousands of domains cost no prime search.
 */
import type { Instant, WorldRandom } from '../../world/world.ts';

/** OBJECT IDENTIFIER rsaEncryption with NULL parameters. */
const rsaAlgorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');
const exponent65537 = Buffer.from('0203010001', 'hex');

/** Tag, length in as few bytes as DER demands, contents. */
function der(tag: number, contents: Buffer): Buffer {
  const size = contents.length;
  const length = size < 0x80 ? [size] : size < 0x1_00 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), contents]);
}

export function drawPublicKey(random: WorldRandom, bits: number): Buffer {
  const modulus = random.bytes(bits / 8);
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0);
  modulus.writeUInt8(modulus.readUInt8(modulus.length - 1) | 0x01, modulus.length - 1);
  const integer = der(0x02, Buffer.concat([Buffer.from([0]), modulus]));
  const key = der(0x30, Buffer.concat([integer, exponent65537]));
  const bitString = der(0x03, Buffer.concat([Buffer.from([0]), key]));
  return der(0x30, Buffer.concat([rsaAlgorithm, bitString]));
}

export type DkimPair = { host: string; value: string };

/** `taken` are hosts the domain already uses: two keys made in one second get different selectors. */
export function drawDkimPair(random: WorldRandom, bits: number, domain: string, at: Instant, taken: readonly string[]): DkimPair {
  const hostAt = (instant: Instant) => `${new Date(instant).toISOString().slice(0, 19).replace(/\D/g, '')}pm._domainkey.${domain}`;
  let moment = at;
  while (taken.includes(hostAt(moment))) moment += 1000;
  return { host: hostAt(moment), value: `k=rsa;p=${drawPublicKey(random, bits).toString('base64')}` };
}
