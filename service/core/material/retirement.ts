/** Whether a key version may leave the registry for good. What is still sealed under it would be lost, and so would what is sealed a moment later. */
import type { Registry } from './registry.ts';

/** What a running service knows of a version: rows that name it, and processes that seal with it or have not said. */
export type KeyVersionUsage = {
  versions: readonly { keyVersionId: string; rows: number }[];
  processes: readonly { process: string; current: string | null }[];
};

export type RetirementRefusal = {
  code: 'unknown_version' | 'is_current' | 'rows_name_it' | 'sealed_with_it' | 'not_read';
  detail: string;
};

export function refusalToRetire(
  registry: Registry,
  keyVersionId: string,
  { versions, processes }: KeyVersionUsage,
): RetirementRefusal | null {
  if (!(keyVersionId in registry.versions)) return { code: 'unknown_version', detail: `the registry has no version ${keyVersionId}` };
  if (registry.current === keyVersionId)
    return { code: 'is_current', detail: `${keyVersionId} is the version that seals; add another first, and re-encrypt` };
  const rows = versions.find((version) => version.keyVersionId === keyVersionId)?.rows ?? 0;
  if (rows > 0)
    return { code: 'rows_name_it', detail: `${rows} configuration(s) hold secrets sealed under ${keyVersionId}; re-encrypt first` };
  // Without a process that answered, nobody has counted those rows or said what it seals with.
  if (processes.length === 0) return { code: 'not_read', detail: 'no running process says which version it seals with' };
  const behind = processes.filter(({ current }) => current !== registry.current).map((each) => each.process);
  if (behind.length === 0) return null;
  const detail = `${behind.join(', ')} does not seal with ${registry.current} yet and may still seal with ${keyVersionId}; refresh, and look again`;
  return { code: 'sealed_with_it', detail };
}
