/** The rooms share no code, and so name their words twice: what a metric counts by must be what happens. */
import { expect, test } from 'vitest';
import { operationalStates } from '../../service/core/configuration/records.ts';
import { assertionNames, driftTags } from '../../service/core/drift/findings.ts';
import { keyTroubles } from '../../service/core/material/keyTrouble.ts';
import { rotationKinds } from '../../service/store/rotations.ts';
import { declaredMetrics } from '../../service/watch/declare.ts';
import { createMetrics } from '../../service/watch/metrics.ts';

createMetrics();
/** What the label of that name may say, by metric. */
const saidBy = (label: string): Record<string, readonly string[] | null> =>
  Object.fromEntries(
    declaredMetrics().flatMap(({ name, labels }) => (Object.hasOwn(labels, label) ? [[name, labels[label] ?? null]] : [])),
  );

test.each<[string, string, readonly string[]]>([
  ['email.drift.findings.total', 'tag', driftTags],
  ['email.drift.open', 'tag', driftTags],
  ['email.drift.skipped.total', 'assertion', assertionNames],
  ['email.material_registry.refresh.failures.total', 'reason', keyTroubles],
  ['email.material_registry.refresh.rotated.total', 'rotation', rotationKinds],
  ['email.configuration.lifecycle.configurations', 'operational', operationalStates],
])('%s counts by every %s that there is, and no other', (metric, label, words) => {
  expect(saidBy(label)[metric]?.toSorted()).toEqual(words.toSorted());
});
