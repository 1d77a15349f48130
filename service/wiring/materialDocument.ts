/** The registry's document with KMS, for a command line: what it takes to add a version and to retire one. Needs no database and no settings. */
import { v7 as uuidv7 } from 'uuid';
import type { KeyVersionUsage } from '../core/material/retirement.ts';
import { kms } from '../ports/kms.ts';
import { registryFile, registrySecret } from '../ports/registryDocument.ts';
import { type AddedVersion, addKeyVersion, type NotChanged, type RetiredVersion, retireKeyVersion } from '../work/materialDocument.ts';

/** A file, or a Secrets Manager secret by name or ARN. */
export type DocumentPlace = { file: string } | { secretId: string };
/** Endpoints only beside a sandbox. */
export type DocumentAws = { region: string; timeoutMs: number; kmsEndpoint?: string; secretsEndpoint?: string };

export type MaterialDocument = {
  /** `kmsKeyArn` null: the key of the version that seals now; a first version needs one. */
  addVersion(asked: { partition: string; kmsKeyArn: string | null }): Promise<AddedVersion | NotChanged>;
  /** `usage`: the reply of `GET /material`. */
  retire(keyVersionId: string, usage: KeyVersionUsage): Promise<RetiredVersion | NotChanged>;
  close(): void;
};

export const openMaterialDocument = (
  place: DocumentPlace,
  { region, timeoutMs, kmsEndpoint, secretsEndpoint }: DocumentAws,
): MaterialDocument => {
  const wrapper = kms({ region, timeoutMs, endpoint: kmsEndpoint });
  const document =
    'file' in place ? registryFile(place.file) : registrySecret(place.secretId, { region, timeoutMs, endpoint: secretsEndpoint });
  const ctx = { document, wrapper, now: () => new Date(), newId: () => uuidv7() };
  return {
    addVersion: (asked) => addKeyVersion(ctx, asked),
    retire: (keyVersionId, usage) => retireKeyVersion(ctx, keyVersionId, usage),
    close() {
      document.close();
      wrapper.close();
    },
  };
};
