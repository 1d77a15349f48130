/**
 * The material registry: which data keys there are, each wrapped by KMS, and which one seals now. A JSON document outside the database, projected
 * into the pod as a file; it holds nothing that is secret without KMS.
 */
import { z } from 'zod';
import { MaterialFault } from './materialFault.ts';

const keyVersion = z.strictObject({
  wrappedKey: z.base64().min(1),
  kmsKeyArn: z.string().min(1),
  createdAt: z.iso.datetime({ offset: true }),
});
const document = z
  .strictObject({ current: z.uuid(), versions: z.record(z.uuid(), keyVersion) })
  .refine((registry) => registry.current in registry.versions, { path: ['current'], error: 'names a version that is not in versions' });

export type KeyVersion = z.output<typeof keyVersion>;
export type Registry = z.output<typeof document>;

/** `source` names the document in the error: a file, a secret. */
export function parseRegistry(text: string, source: string): Registry {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new MaterialFault('invalid_registry', `${source} is not JSON`, error);
  }
  const parsed = document.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the document'}: ${issue.message}`);
  throw new MaterialFault('invalid_registry', `${source} is not a material registry: ${faults.join('; ')}`, parsed.error);
}

export function formatRegistry(registry: Registry): string {
  return `${JSON.stringify(document.parse(registry), null, 2)}\n`;
}

/** Nothing yet: the secret as it is made with the stack, before its first version. */
export const isEmptyRegistry = (text: string): boolean => /^\s*(\{\s*\})?\s*$/.test(text);

/** The document with one version more, which seals from now on. `registry` null: the first. */
export function withVersion(registry: Registry | null, keyVersionId: string, version: KeyVersion): Registry {
  return { current: keyVersionId, versions: { ...registry?.versions, [keyVersionId]: version } };
}

export function withoutVersion({ current, versions }: Registry, keyVersionId: string): Registry {
  return { current, versions: Object.fromEntries(Object.entries(versions).filter(([id]) => id !== keyVersionId)) };
}

/** The encryption context of a wrapped data key: what it was wrapped with must be said again to unwrap it. */
export const wrappingContext = (partition: string, keyVersionId: string): Record<string, string> => ({
  partition,
  keyVersionId,
  purpose: 'email-server-token',
});
