/** One list each: what core calls a state, an effect or a status is what the database accepts, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { effectKinds } from '../../service/core/configuration/effects.ts';
import { administrativeStates, operationalStates, provisioningSteps } from '../../service/core/configuration/records.ts';
import { driftClasses } from '../../service/core/drift/findings.ts';
import { jobStatuses } from '../../service/core/job/records.ts';
import { suppressionOrigins, suppressionReasons } from '../../service/store/suppressions.ts';
import { taskOf } from '../../service/work/tasks/taskOf.ts';

const schema = readFileSync(new URL('../../service/store/schema.sql', import.meta.url), 'utf8');

/** The words that a table's CHECK allows. */
const checked = (constraint: string): string[] => {
  const line = new RegExp(`CONSTRAINT ${constraint} CHECK (.*)`).exec(schema)?.[1];
  if (line === undefined) throw new Error(`schema.sql has no constraint ${constraint}`);
  return [...line.matchAll(/'([^']+)'::text/g)].map(([, word]) => word ?? '');
};

test.each([
  ['configuration_operational_check', operationalStates],
  ['configuration_administrative_check', administrativeStates],
  ['configuration_step_check', provisioningSteps],
  ['effect_kind_check', effectKinds],
  ['email_job_status_check', jobStatuses],
  ['suppression_entry_reason_check', suppressionReasons],
  ['suppression_entry_origin_check', suppressionOrigins],
  ['drift_finding_class_check', driftClasses],
] as const)('%s allows exactly what core names', (constraint, names) => {
  expect([...checked(constraint)].sort()).toEqual([...names].sort());
});

test('every effect has a task, in a file of its own name', () => {
  // Looks are taken many together (work/looks.ts), by the task of one.
  expect([...Object.keys(taskOf), 'check-verification'].sort()).toEqual([...effectKinds].sort());
  const files = readdirSync(new URL('../../service/work/tasks/', import.meta.url));
  for (const kind of effectKinds) expect(files).toContain(`${kind}.ts`);
});
