import { createHmac } from 'node:crypto';
import { nonceLengthBytes, sealBlob } from '../../kms/ciphertextBlob.ts';
import { arnOfParameter, type ParameterVersion } from './parameterStore.ts';

/** The key that SSM uses when none is named. */
const defaultKeyAlias = 'alias/aws/ssm';

/** The ciphertext of a SecureString: it follows from the seed, the parameter and its version, so that it is the same at every look. */
export function sealedParameter(seed: string, name: string, version: ParameterVersion): string {
  const hash = (what: string): Buffer =>
    createHmac('sha256', seed)
      .update(`${what} ${version.keyId ?? defaultKeyAlias}`)
      .digest();
  const keyId = hash('parameter key')
    .toString('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  const nonce = hash(`nonce ${name} ${version.version}`).subarray(0, nonceLengthBytes);
  return sealBlob(seed, { keyId, generation: 0 }, Buffer.from(version.value), { PARAMETER_ARN: arnOfParameter(name) }, nonce).toString(
    'base64',
  );
}
