/**
 * The material registry in memory: the plain data key of each version, in a buffer of our own that is wiped when the version leaves.
 *
 * Guarantee: what was loaded stays usable while KMS or the file is away; a sealed text opens only under the version it names, and in its own place.
 * Mechanism: a refresh reads the document, unwraps what is new, and changes the ring in one step at its end. Versions that left the document leave
 * the ring: they were retired on purpose. When there is nothing new to unwrap, the current version is unwrapped once more and compared, so that a KMS
 * that would not serve a restart is known before there is one. Concurrent refreshes are one. A crash loses nothing: the document is the truth.
 *
 * A KeyObject would make each use faster (40 µs against 100), and nobody but the garbage collector could wipe it.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseEnvelope } from '../core/material/envelope.ts';
import type { Keyring, KeyringStatus, KmsState, RefreshOutcome, VersionOutcome } from '../core/material/keyring.ts';
import { keyTroubleOf } from '../core/material/keyTrouble.ts';
import { MaterialFault } from '../core/material/materialFault.ts';
import { type KeyVersion, parseRegistry, type Registry, wrappingContext } from '../core/material/registry.ts';
import type { KeyWrapper } from './ports.ts';
import { keyBytes, openUnder, sealUnder } from './sealing.ts';

export type KeyringOptions = { partition: string; registryFile: string; wrapper: KeyWrapper; now: () => Date };

/** `wrappedKey` tells a version that was wrapped anew under the same id from the one in memory. */
type Loaded = { key: Buffer; wrappedKey: string };
type Ring = { current: string | null; versions: ReadonlyMap<string, Loaded> };

const emptyRing: Ring = { current: null, versions: new Map() };

/** Empty until the first `refresh`. */
export function keyring({ partition, registryFile, wrapper, now }: KeyringOptions): Keyring {
  let ring = emptyRing;
  let document: Registry | null = null;
  let troubles: ReadonlyMap<string, string> = new Map();
  let refreshedAt: Date | null = null;
  let last: RefreshOutcome | null = null;
  let underWay: Promise<RefreshOutcome> | null = null;
  let closed = false;
  const unwrapOne: Unwrap = (keyVersionId, version) => unwrap(wrapper, partition, keyVersionId, version);

  const load = async (): Promise<RefreshOutcome> => {
    const read = await readRegistry(registryFile);
    if (read instanceof MaterialFault) {
      const kms = document === null ? unknownKms : await probe(document, ring, unwrapOne);
      return { kind: 'failed', versions: [], removed: [], reason: read.message, kms };
    }
    const { next, versions } = await unwrapNew(read, ring, unwrapOne);
    const asked = versions.filter(({ kind }) => kind !== 'kept');
    const failed = versions.find((version) => version.kind === 'failed');
    const kms = asked.length === 0 ? await probe(read, next, unwrapOne) : kmsOf(failed);
    const removed = [...ring.versions.keys()].filter((id) => !next.versions.has(id));
    document = read;
    troubles = new Map(versions.flatMap((version) => (version.kind === 'failed' ? [[version.keyVersionId, version.reason]] : [])));
    replace(closed ? emptyRing : next);
    // Unwrapped while we were being closed: nobody's any more.
    if (closed) wipe(next, emptyRing);
    refreshedAt = now();
    return { kind: failed === undefined ? 'refreshed' : 'partial', versions, removed, reason: failed?.reason ?? null, kms };
  };

  const replace = (next: Ring): void => {
    const before = ring;
    ring = next;
    wipe(before, next);
  };

  const keyOf = (keyVersionId: string): Buffer => {
    const loaded = ring.versions.get(keyVersionId);
    if (loaded === undefined) throw new MaterialFault('unknown_key_version', `key version ${keyVersionId} is not loaded`);
    return loaded.key;
  };

  return {
    async refresh() {
      underWay ??= load().finally(() => {
        underWay = null;
      });
      last = await underWay;
      return last;
    },
    seal(eId, purpose, plaintext) {
      const keyVersionId = ring.current;
      if (keyVersionId === null) throw new MaterialFault('registry_not_loaded', `no key version is loaded from ${registryFile}`);
      return sealUnder(keyVersionId, keyOf(keyVersionId), { partition, eId, purpose }, plaintext);
    },
    open(eId, purpose, envelope) {
      const parsed = parseEnvelope(envelope);
      return openUnder(keyOf(parsed.keyVersionId), { partition, eId, purpose }, parsed);
    },
    has: (keyVersionId) => ring.versions.has(keyVersionId),
    status: () => ({
      currentKeyVersionId: ring.current,
      documentedCurrent: document?.current ?? null,
      loadedKeyVersionIds: [...ring.versions.keys()],
      documented: documentedVersions(document, troubles),
      refreshedAt,
      lastOutcome: last?.kind ?? null,
      lastReason: last?.reason ?? null,
      kms: last?.kms ?? unknownKms,
    }),
    close() {
      closed = true;
      replace(emptyRing);
    },
  };
}

const unknownKms: KmsState = { state: 'unknown' };

const documentedVersions = (document: Registry | null, troubles: ReadonlyMap<string, string>): KeyringStatus['documented'] =>
  Object.entries(document?.versions ?? {}).map(([keyVersionId, { kmsKeyArn, createdAt }]) => ({
    keyVersionId,
    kmsKeyArn,
    createdAt: new Date(createdAt),
    trouble: troubles.get(keyVersionId) ?? null,
  }));

async function readRegistry(file: string): Promise<Registry | MaterialFault> {
  try {
    return parseRegistry(await readFile(file, 'utf8'), file);
  } catch (error) {
    return error instanceof MaterialFault ? error : new MaterialFault('invalid_registry', `${file} cannot be read`, error);
  }
}

type Unwrap = (keyVersionId: string, version: KeyVersion) => Promise<Buffer>;

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
      versions.push({ keyVersionId, kind: 'failed', code: keyTroubleOf(error), reason: textOf(error) });
    }
  }
  const earlier = ring.current !== null && loaded.has(ring.current) ? ring.current : null;
  return { next: { current: loaded.has(registry.current) ? registry.current : earlier, versions: loaded }, versions };
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

const kmsOf = (failed: VersionOutcome | undefined): KmsState =>
  failed?.kind === 'failed' ? { state: 'failing', code: failed.code, reason: failed.reason } : { state: 'answers' };

/** Whether KMS would open the version that seals now, if it had to be loaded again. */
async function probe(registry: Registry, { current, versions }: Ring, unwrapOne: Unwrap): Promise<KmsState> {
  const loaded = current === null ? undefined : versions.get(current);
  const version = current === null ? undefined : registry.versions[current];
  if (current === null || loaded === undefined || version === undefined) return unknownKms;
  try {
    const again = await unwrapOne(current, version);
    const same = timingSafeEqual(again, loaded.key);
    again.fill(0);
    if (same) return { state: 'answers' };
    return { state: 'failing', code: 'wrong_key', reason: `KMS opens key version ${current} as another key than the one in use` };
  } catch (error) {
    return { state: 'failing', code: keyTroubleOf(error), reason: textOf(error) };
  }
}

/** Keys that are in one ring and not in the next. */
function wipe(before: Ring, next: Ring): void {
  const kept = new Set([...next.versions.values()].map(({ key }) => key));
  for (const { key } of before.versions.values()) if (!kept.has(key)) key.fill(0);
}

async function unwrap(wrapper: KeyWrapper, partition: string, keyVersionId: string, version: KeyVersion): Promise<Buffer> {
  const context = wrappingContext(partition, keyVersionId);
  const plain = await wrapper.unwrap(version.kmsKeyArn, Buffer.from(version.wrappedKey, 'base64'), context);
  if (plain.length === keyBytes) return plain;
  const bytes = plain.length;
  plain.fill(0);
  throw new MaterialFault('invalid_registry', `key version ${keyVersionId} holds ${bytes} bytes, not ${keyBytes}`);
}
