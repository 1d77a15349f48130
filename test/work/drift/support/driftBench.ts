/** Runs of drift on a work bench, and what they left behind. */

import type { Configuration } from '../../../../service/core/configuration/records.ts';
import type { AssertionName } from '../../../../service/core/drift/findings.ts';
import type { AssertionResult } from '../../../../service/core/drift/results.ts';
import { listFindings, readLastRun, type ShownFinding } from '../../../../service/store/driftReads.ts';
import { drifter, requestDriftRun } from '../../../../service/work/drift/drifter.ts';
import type { WorkContext } from '../../../../service/work/workContext.ts';
import { caller, type WorkBench } from '../../../support/workBench.ts';

const day = 86_400;

export const needs: Parameters<typeof drifter>[1] = {
  enabled: [],
  intervalMinutes: 15,
  refreshRegistry: async () => {},
  frugally: (work) => work(),
};

export const driftBench = (bench: WorkBench) => ({
  async run(ctx: WorkContext, ...assertions: AssertionName[]): Promise<readonly AssertionResult[]> {
    // Runs are told apart by when they were finished.
    bench.pass(0.001);
    await requestDriftRun(ctx, assertions, caller);
    if ((await drifter(ctx, needs).pass()) !== 1) throw new Error('the run was not carried out');
    return (await readLastRun(bench.database.pool))?.assertions ?? [];
  },

  findings: (open: boolean | null = true): Promise<readonly ShownFinding[]> =>
    listFindings(bench.database.pool, { open, tag: null, after: null, limit: 200 }),

  /** A configuration whose records were written long ago. */
  async settled(ctx: WorkContext, slug: string, tenantId = slug): Promise<Configuration> {
    const made = await bench.sendable(ctx, { tenantId, slug });
    bench.pass(day);
    return made;
  },

  dkimNameOf(slug: string): string {
    const record = [...bench.zone.records.values()].find(({ name, type }) => type === 'TXT' && name.endsWith(`.${slug}.dev.example.net`));
    if (record === undefined) throw new Error(`${slug} has no DKIM record`);
    return record.name;
  },

  editDkim(slug: string, value = 'k=rsa;p=SOMEBODY', ttl = 300): void {
    bench.zone.put({ name: this.dkimNameOf(slug), type: 'TXT', ttl, values: [value] });
  },
});
