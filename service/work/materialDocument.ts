/**
 * Changes the material registry's document: a version more, a version less. Run by an operator, not by the service, which only reads the document.
 *
 * Guarantee: the document that was read is the one that is written over, or nothing is written. A data key that was generated for nothing is no harm: it was
 * never written down, and its plain bytes are wiped here.
 */
import { MaterialFault } from '../core/material/materialFault.ts';
import {
  formatRegistry,
  isEmptyRegistry,
  parseRegistry,
  type Registry,
  withoutVersion,
  withVersion,
  wrappingContext,
} from '../core/material/registry.ts';
import { type KeyVersionUsage, type RetirementRefusal, refusalToRetire } from '../core/material/retirement.ts';
import type { KeyWrapper, RegistryDocument } from '../ports/ports.ts';

export type DocumentContext = { document: RegistryDocument; wrapper: KeyWrapper; now: () => Date; newId: () => string };

/** `previous`: what sealed until now; null for the first version. */
export type AddedVersion = { kind: 'added'; keyVersionId: string; kmsKeyArn: string; previous: string | null; versions: number };
export type RetiredVersion = { kind: 'retired'; versions: number };
export type NotChanged = { kind: 'refused'; code: RetirementRefusal['code'] | 'changed_meanwhile' | 'no_kms_key'; detail: string };

const registryIn = (text: string | null, name: string): Registry | null =>
  text === null || isEmptyRegistry(text) ? null : parseRegistry(text, name);

/** `kmsKeyArn` null: the key of the version that seals now. Throws a `PortFault` or a `MaterialFault`, both with words that may be shown. */
export const addKeyVersion = async (
  { document, wrapper, now, newId }: DocumentContext,
  { partition, kmsKeyArn }: { partition: string; kmsKeyArn: string | null },
): Promise<AddedVersion | NotChanged> => {
  const read = await document.read();
  const registry = registryIn(read.text, document.name);
  const key = kmsKeyArn ?? (registry === null ? null : (registry.versions[registry.current]?.kmsKeyArn ?? null));
  if (key === null)
    return {
      kind: 'refused',
      code: 'no_kms_key',
      detail: `${document.name} holds no version yet: name the KMS key to wrap the first with`,
    };
  const keyVersionId = newId();
  const { plaintext, wrapped } = await wrapper.generateDataKey(key, wrappingContext(partition, keyVersionId));
  plaintext.fill(0);
  const next = withVersion(registry, keyVersionId, {
    wrappedKey: wrapped.toString('base64'),
    kmsKeyArn: key,
    createdAt: now().toISOString(),
  });
  const written = await document.write(formatRegistry(next), read.version);
  if (written.kind === 'changed') return { kind: 'refused', code: 'changed_meanwhile', detail: written.why };
  return { kind: 'added', keyVersionId, kmsKeyArn: key, previous: registry?.current ?? null, versions: Object.keys(next.versions).length };
};

/** `usage`: what a running service says of rows and processes, as `GET /material` answers it. */
export const retireKeyVersion = async (
  { document }: Pick<DocumentContext, 'document'>,
  keyVersionId: string,
  usage: KeyVersionUsage,
): Promise<RetiredVersion | NotChanged> => {
  const read = await document.read();
  const registry = registryIn(read.text, document.name);
  if (registry === null) throw new MaterialFault('invalid_registry', `${document.name} holds no registry`);
  const refusal = refusalToRetire(registry, keyVersionId, usage);
  if (refusal !== null) return { kind: 'refused', ...refusal };
  const next = withoutVersion(registry, keyVersionId);
  const written = await document.write(formatRegistry(next), read.version);
  if (written.kind === 'changed') return { kind: 'refused', code: 'changed_meanwhile', detail: written.why };
  return { kind: 'retired', versions: Object.keys(next.versions).length };
};
