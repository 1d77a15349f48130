/**
 * The material registry in memory: one KeyObject per key version, made once (a raw key costs four times as much per use).
 *
 * Guarantee: what was loaded stays usable while KMS or the file is away; a sealed text opens only under the version it names, and in its own place.
 * Mechanism: a refresh reads the document, unwraps what is new, and changes the ring in one step at its end. Versions that left the document leave
 * the ring: they were retired on purpose. Concurrent refreshes are one. A crash loses nothing: the document is the truth.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { additionalData, formatEnvelope, nonceBytes, parseEnvelope, tagBytes } from '../core/material/envelope.ts';
import type { Keyring, KeyringStatus, RefreshOutcome, VersionOutcome } from '../core/material/keyring.ts';
import { MaterialFault } from '../core/material/materialFault.ts';
import { type KeyVersion, parseRegistry, type Registry, wrappingContext } from '../core/material/registry.ts';
import type { KeyWrapper } from './ports.ts';

export type KeyringOptions = { partition: string; registryFile: string; wrapper: KeyWrapper; now: () => Date };

const cipher = 'aes-256-gcm';
const keyBytes = 32;

/** `wrappedKey` tells a version that was wrapped anew under the same id from the one in memory. */
type Loaded = { key: KeyObject; wrappedKey: string };
type Ring = { current: string | null; versions: ReadonlyMap<string, Loaded> };

/** Empty until the first `refresh`. */
export function keyring({ partition, registryFile, wrapper, now }: KeyringOptions): Keyring {
  let ring: Ring = { current: null, versions: new Map() };
  let document: Registry | null = null;
  let refreshedAt: Date | null = null;
  let lastOutcome: KeyringStatus['lastOutcome'] = null;
  let underWay: Promise<RefreshOutcome> | null = null;

  const load = async (): Promise<RefreshOutcome> => {
    const read = await readRegistry(registryFile);
    if (read instanceof MaterialFault) return { kind: 'failed', versions: [], removed: [], reason: read.message };
    document = read;
    const { next, versions } = await unwrapNew(read, ring, (keyVersionId, version) => unwrap(wrapper, partition, keyVersionId, version));
    const removed = [...ring.versions.keys()].filter((id) => !next.versions.has(id));
    ring = next;
    refreshedAt = now();
    const failed = versions.find((version) => version.kind === 'failed');
    return { kind: failed === undefined ? 'refreshed' : 'partial', versions, removed, reason: failed?.reason ?? null };
  };

  const keyOf = (keyVersionId: string): KeyObject => {
    const loaded = ring.versions.get(keyVersionId);
    if (loaded === undefined) throw new MaterialFault('unknown_key_version', `key version ${keyVersionId} is not loaded`);
    return loaded.key;
  };

  return {
    async refresh() {
      underWay ??= load().finally(() => {
        underWay = null;
      });
      const outcome = await underWay;
      lastOutcome = outcome.kind;
      return outcome;
    },
    seal(eId, purpose, plaintext) {
      const keyVersionId = ring.current;
      if (keyVersionId === null) throw new MaterialFault('registry_not_loaded', `no key version is loaded from ${registryFile}`);
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, keyOf(keyVersionId), nonce).setAAD(additionalData(partition, eId, purpose));
      const ciphertext = Buffer.concat([sealing.update(plaintext, 'utf8'), sealing.final()]);
      return formatEnvelope({ keyVersionId, nonce, ciphertext, tag: sealing.getAuthTag() });
    },
    open(eId, purpose, envelope) {
      const { keyVersionId, nonce, ciphertext, tag } = parseEnvelope(envelope);
      const opening = createDecipheriv(cipher, keyOf(keyVersionId), nonce, { authTagLength: tagBytes });
      opening.setAAD(additionalData(partition, eId, purpose)).setAuthTag(tag);
      try {
        return Buffer.concat([opening.update(ciphertext), opening.final()]).toString('utf8');
      } catch (error) {
        throw new MaterialFault('not_authentic', `the ${purpose} of ${eId} does not open under key version ${keyVersionId}`, error);
      }
    },
    has: (keyVersionId) => ring.versions.has(keyVersionId),
    status: () => ({
      currentKeyVersionId: ring.current,
      loadedKeyVersionIds: [...ring.versions.keys()],
      documented: documentedVersions(document),
      refreshedAt,
      lastOutcome,
    }),
  };
}

const documentedVersions = (document: Registry | null): KeyringStatus['documented'] =>
  Object.entries(document?.versions ?? {}).map(([keyVersionId, { kmsKeyArn, createdAt }]) => ({
    keyVersionId,
    kmsKeyArn,
    createdAt: new Date(createdAt),
  }));

async function readRegistry(file: string): Promise<Registry | MaterialFault> {
  try {
    return parseRegistry(await readFile(file, 'utf8'), file);
  } catch (error) {
    return error instanceof MaterialFault ? error : new MaterialFault('invalid_registry', `${file} cannot be read`, error);
  }
}

type Unwrap = (keyVersionId: string, version: KeyVersion) => Promise<KeyObject>;

/** A version that cannot be unwrapped keeps its older key, if it has one; a current version without a key leaves the earlier one sealing. */
async function unwrapNew(registry: Registry, ring: Ring, unwrapOne: Unwrap): Promise<{ next: Ring; versions: VersionOutcome[] }> {
  const loaded = new Map<string, Loaded>();
  const versions: VersionOutcome[] = [];
  for (const [keyVersionId, version] of Object.entries(registry.versions)) {
    const known = ring.versions.get(keyVersionId);
    if (known?.wrappedKey === version.wrappedKey) {
      loaded.set(keyVersionId, known);
      versions.push({ keyVersionId, kind: 'kept' });
      continue;
    }
    try {
      loaded.set(keyVersionId, { key: await unwrapOne(keyVersionId, version), wrappedKey: version.wrappedKey });
      versions.push({ keyVersionId, kind: 'loaded' });
    } catch (error) {
      if (known !== undefined) loaded.set(keyVersionId, known);
      versions.push({ keyVersionId, kind: 'failed', reason: error instanceof Error ? error.message : 'unknown' });
    }
  }
  const earlier = ring.current !== null && loaded.has(ring.current) ? ring.current : null;
  return { next: { current: loaded.has(registry.current) ? registry.current : earlier, versions: loaded }, versions };
}

async function unwrap(wrapper: KeyWrapper, partition: string, keyVersionId: string, version: KeyVersion): Promise<KeyObject> {
  const plain = await wrapper.unwrap(
    version.kmsKeyArn,
    Buffer.from(version.wrappedKey, 'base64'),
    wrappingContext(partition, keyVersionId),
  );
  try {
    if (plain.length !== keyBytes)
      throw new MaterialFault('invalid_registry', `key version ${keyVersionId} holds ${plain.length} bytes, not ${keyBytes}`);
    return createSecretKey(plain);
  } finally {
    plain.fill(0);
  }
}
