import type { Command } from '../command.ts';
import { exitCode } from '../exitCode.ts';
import { limited, overHttp } from '../flags.ts';
import { printList } from '../list.ts';
import { configurationColumns } from '../present/configurationColumns.ts';

export const list: Command = {
  name: 'list',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'configurations, newest first',
  flags: {
    status: { type: 'string', value: 'STATUS', what: 'only these: LOCKED, UNLOCKED, MISSING, FAILURE, …' },
    slug: { type: 'string', value: 'SLUG', what: 'only this one' },
    ...limited,
    ...overHttp,
  },
  async run(call) {
    const query = { status: call.text('status')?.toUpperCase(), slug: call.text('slug') };
    await printList(call, {
      path: '/configuration',
      query,
      columns: configurationColumns(call.speak),
      none: 'there is no such configuration',
    });
    return exitCode.done;
  },
};
