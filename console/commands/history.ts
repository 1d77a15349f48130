import { type Command, first } from '../command.ts';
import { exitCode } from '../exitCode.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { overHttp } from '../flags.ts';
import { printEndOfList } from '../list.ts';
import { historyColumns } from '../present/historyColumns.ts';

export const history: Command = {
  name: 'history',
  usage: '<configuration>',
  arguments: { min: 1, max: 1 },
  what: 'what happened to it, and who asked for it',
  flags: {
    limit: { type: 'string', value: 'N', what: 'how many of the last, 50 when not said' },
    all: { type: 'boolean', what: 'from the beginning' },
    ...overHttp,
  },
  async run(call) {
    const { eId } = await findConfiguration(call.api(), first(call));
    await printEndOfList(call, {
      path: `/configuration/${eId}/history`,
      query: {},
      columns: historyColumns(call.speak),
      none: 'nothing has happened yet',
    });
    return exitCode.done;
  },
};
