/** What drift had mended: it counts where a configuration stands still, moves nothing, and has the records written again at most. */
import { expect, test } from 'vitest';
import { type Circumstances, decide } from '../../../service/core/configuration/decide.ts';
import type { MendingEvent } from '../../../service/core/configuration/events.ts';
import { mendableStates } from '../../../service/core/configuration/mend.ts';
import { administrativeStates, operationalStates } from '../../../service/core/configuration/records.ts';
import { configurationOf, later } from '../../support/configurationBuilder.ts';

const now = later(60);
const circumstances: Circumstances = {
  now,
  otherCanSend: false,
  pollingIntervalSeconds: 30,
  pollingTimeoutHours: 24,
  failureThreshold: 5,
};
const held = { serverId: 7, serverName: 'name', serverToken: 'sealed', keyVersionId: 'old', webhookId: 8, recordsWrittenAt: later(1) };
const remade = { serverId: 70, serverName: 'name', serverToken: 'sealed anew', keyVersionId: 'new', webhookId: 80 };
const events: [MendingEvent, Record<string, unknown>, string[]][] = [
  [{ type: 'RecordsDrifted', planId: 'plan' }, {}, ['write-records']],
  [{ type: 'RecordsRewritten', changeId: 'C1' }, { recordsWrittenAt: now }, []],
  [{ type: 'ServerRemade', planId: 'plan', ...remade, serverIdBefore: 7 }, remade, []],
];

test.each(events)('%o changes what it says where the configuration stands still, and is ignored elsewhere', (event, changed, effects) => {
  for (const operational of operationalStates) {
    for (const administrative of administrativeStates) {
      const step = operational === 'PROVISIONING' ? ('writeRecords' as const) : null;
      const before = configurationOf({ operational, step, administrative, ...held });
      const decided = decide(before, event, circumstances);
      if (!mendableStates.includes(operational)) expect(decided, operational).toEqual({ kind: 'ignored' });
      else {
        expect(decided, operational).toEqual({
          kind: 'changed',
          next: { ...before, ...changed, updatedAt: now },
          effects: effects.map((kind) => ({ kind, runAt: now })),
          recorded: event,
        });
      }
    }
  }
});

test('another server in place of one that is not there any more counts only while that one still stands', () => {
  const [, , [event] = []] = events;
  if (event === undefined) throw new Error('there is no such event');
  expect(decide(configurationOf({ operational: 'OK', ...held, serverId: 9 }), event, circumstances)).toEqual({ kind: 'ignored' });
});

test('records that were never written are not written again', () => {
  const before = configurationOf({ operational: 'OK', ...held, recordsWrittenAt: null });
  expect(decide(before, { type: 'RecordsDrifted', planId: 'plan' }, circumstances)).toEqual({ kind: 'ignored' });
});
