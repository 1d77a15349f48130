/** Messages of a tenant: looked for, followed, and the three things an operator may do to one. */
import { type Call, type Command, type Flags, first } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { mistake } from '../failure.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { limited, overHttp } from '../flags.ts';
import { printList } from '../list.ts';
import { jobColumns, timelineColumns } from '../present/jobColumns.ts';
import { sayTable } from '../present/sayTable.ts';
import type { Job, TimelineEntry } from '../wire.ts';

const list: Command = {
  name: 'jobs',
  usage: '[configuration]',
  arguments: { min: 0, max: 1 },
  what: 'messages of a tenant, newest first',
  flags: {
    status: { type: 'string', value: 'STATUS', what: 'only these: HELD, DEAD_LETTER, INCONSISTENT, …' },
    recipient: { type: 'string', value: 'ADDRESS', what: 'only to this one' },
    ...limited,
    ...overHttp,
  },
  async run(call) {
    const [name] = call.arguments;
    const of = name === undefined ? undefined : await findConfiguration(call.api(), name);
    const query = { configurationEId: of?.eId, status: call.text('status')?.toUpperCase(), recipient: call.text('recipient') };
    await printList<Job>(call, {
      path: '/job',
      query,
      tenant: of?.tenantId,
      columns: jobColumns(call.speak),
      none: 'there is no such message',
    });
    return exitCode.done;
  },
};

const timeline: Command = {
  name: 'jobs timeline',
  usage: '<job>',
  arguments: { min: 1, max: 1 },
  what: 'accepted, tried, reported: what happened to one',
  flags: { ...limited, ...overHttp },
  async run(call) {
    await printList<TimelineEntry>(call, {
      path: `${pathOf(call)}/timeline`,
      query: {},
      columns: timelineColumns,
      none: 'nothing has happened yet',
    });
    return exitCode.done;
  },
};

const reason: Flags = { reason: { type: 'string', value: 'TEXT', what: 'required, and kept' } };

const action = (name: string, what: string, flags: Flags, bodyOf: (call: Call) => Record<string, unknown> | undefined): Command => ({
  name: `jobs ${name}`,
  usage: '<job>',
  arguments: { min: 1, max: 1 },
  what,
  flags: { ...flags, ...overHttp },
  async run(call) {
    const write = { body: bodyOf(call), idempotencyKey: call.text('idempotency-key') };
    return said(call, (await call.api().post<Job>(`${pathOf(call)}/${name}`, write)).body);
  },
});

const reasonOf = (call: Call): string => {
  const given = call.text('reason');
  if (given === undefined) throw mistake('a reason is needed', 'Add --reason "INC-1: why".');
  return given;
};

const resolutionOf = (call: Call): string => {
  const given = call.text('as');
  if (given === undefined)
    throw mistake('as what?', 'Add --as delivered, --as bounced, --as complained, or --as dropped: it did not go out.');
  return given;
};

const pathOf = (call: Call): string => `/job/${encodeURIComponent(first(call))}`;

function said({ speak }: Call, job: Job): ExitCode {
  if (speak.json) speak.document(job);
  else sayTable(speak, jobColumns(speak), [job]);
  return exitCode.done;
}

export const jobCommands: readonly Command[] = [
  list,
  timeline,
  action('cancel', 'one that is still queued', {}, () => undefined),
  action(
    'resend',
    'as a new message, through the same gates',
    { ...reason, 'idempotency-key': { type: 'string', value: 'KEY', what: 'asked again with it, none is sent again' } },
    (call) => ({ reason: reasonOf(call) }),
  ),
  action(
    'triage',
    'say what became of an INCONSISTENT or a lost HELD one',
    { as: { type: 'string', value: 'WHAT', what: 'delivered, bounced, complained or dropped' }, ...reason },
    (call) => ({ resolution: resolutionOf(call), reason: reasonOf(call) }),
  ),
];
