/** What operators may know of the material registry: versions and how many rows name each, never a key. */
import type { Keyring } from '../core/material/keyring.ts';
import type { MaterialStatus } from '../http/deps.ts';
import { rowsByKeyVersion } from '../store/keyVersions.ts';
import type { CommonQueryMethods } from '../store/pool.ts';

export const materialStatus = (db: CommonQueryMethods, keyring: Keyring) => async (): Promise<MaterialStatus> => {
  const { currentKeyVersionId, loadedKeyVersionIds, documented, refreshedAt } = keyring.status();
  const known = new Map(documented.map((version) => [version.keyVersionId, version]));
  const rows = new Map((await rowsByKeyVersion(db)).map(({ keyVersionId, count }) => [keyVersionId, count]));
  const ids = [...new Set([...known.keys(), ...loadedKeyVersionIds, ...rows.keys()])].sort();
  return {
    current: currentKeyVersionId,
    loadedAt: refreshedAt,
    versions: ids.map((keyVersionId) => ({
      keyVersionId,
      // Null only for a version that rows name and the registry does not.
      kmsKeyArn: known.get(keyVersionId)?.kmsKeyArn ?? null,
      createdAt: known.get(keyVersionId)?.createdAt ?? null,
      loaded: loadedKeyVersionIds.includes(keyVersionId),
      rows: rows.get(keyVersionId) ?? 0,
    })),
  };
};
