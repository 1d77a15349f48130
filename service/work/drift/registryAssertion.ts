/** drift.registry: the key versions that rows are sealed under against those that the material registry documents. A few versions, however many rows. */
import { checkKeys } from '../../core/drift/keyChecks.ts';
import { type Observed, present } from '../../core/drift/observed.ts';
import type { Keyring } from '../../core/material/keyring.ts';
import { countKeyRows, keyVersionsInUse, rowsOfKeyVersions } from '../../store/driftKeyRows.ts';
import type { Assertion } from './assertion.ts';
import { Unobserved } from './unobserved.ts';

const rowsMax = 1000;
const firstId = '00000000-0000-0000-0000-000000000000';

/** A registry that could not be read now says nothing: the last good one may lack a version that was added since. */
export const documentedKeys = (keyring: Keyring): Observed<ReadonlySet<string>> => {
  const { documented, lastOutcome } = keyring.status();
  if (lastOutcome === null || lastOutcome === 'failed') return { kind: 'unreachable', reason: 'the material registry could not be read' };
  return present(new Set(documented.map(({ keyVersionId }) => keyVersionId)));
};

export const registryAssertion = (): Assertion => ({
  countUnjudged: ({ db }) => countKeyRows(db),

  async judge({ db, keyring }, book) {
    const observed = documentedKeys(keyring);
    if (observed.kind === 'unreachable') throw new Unobserved(observed.reason);
    const used = await keyVersionsInUse(db);
    const missing = used.filter((id) => observed.kind === 'absent' || !observed.value.has(id));
    if (missing.length === 0) return;
    for (let after = firstId; ; ) {
      const rows = await rowsOfKeyVersions(db, missing, after, rowsMax);
      for (const row of rows) {
        const finding = checkKeys(row, observed);
        if (finding !== null) await book.found(finding, row);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsMax) return;
      after = last.eId;
    }
  },
});
