/** Whom a tenant must not mail: looked at, added, released. All three need the tenant. */
import { type Call, type Command, first } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { mistake } from '../failure.ts';
import { limited, overHttp } from '../flags.ts';
import { printList } from '../list.ts';
import { suppressionColumns } from '../present/suppressionColumns.ts';
import { table } from '../present/table.ts';
import type { Suppression } from '../wire.ts';

const list: Command = {
  name: 'suppressions',
  usage: '[recipient]',
  arguments: { min: 0, max: 1 },
  what: 'whom a tenant must not mail, newest first',
  flags: { released: { type: 'boolean', what: 'those that were released, too' }, ...limited, ...overHttp },
  async run(call) {
    const query = { recipient: call.arguments[0], active: call.has('released') ? undefined : 'true' };
    await printList(call, { path: '/suppression', query, columns: suppressionColumns(call.speak), none: 'nobody is suppressed' });
    return exitCode.done;
  },
};

const add: Command = {
  name: 'suppressions add',
  usage: '<recipient>',
  arguments: { min: 1, max: 1 },
  what: 'stop mailing a recipient',
  flags: { note: { type: 'string', value: 'TEXT', what: 'why, kept with the entry' }, ...overHttp },
  async run(call) {
    const { status, body } = await call
      .api()
      .post<Suppression>('/suppression', { body: { recipient: first(call), note: call.text('note') } });
    return said(call, status === 200 ? 'it was suppressed already' : 'suppressed', body);
  },
};

const release: Command = {
  name: 'suppressions release',
  usage: '<recipient>',
  arguments: { min: 1, max: 1 },
  what: 'mail a recipient again',
  flags: {
    reason: { type: 'string', value: 'TEXT', what: 'required, and kept' },
    force: { type: 'boolean', what: 'although the recipient complained' },
    ...overHttp,
  },
  async run(call) {
    const reason = call.text('reason');
    if (reason === undefined) throw mistake('a release needs a reason', 'Add --reason "INC-1: asked for mail again".');
    const body = { recipient: first(call), reason, force: call.has('force') };
    return said(call, 'released', (await call.api().post<Suppression>('/suppression/release', { body })).body);
  },
};

function said({ speak }: Call, what: string, entry: Suppression): ExitCode {
  if (speak.json) speak.document(entry);
  else {
    speak.aside(what);
    for (const line of table(suppressionColumns(speak)).rows([entry])) speak.line(line);
  }
  return exitCode.done;
}

export const suppressionCommands: readonly Command[] = [list, add, release];
