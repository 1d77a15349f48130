import { type Command, first } from '../command.ts';
import { exitCode } from '../exitCode.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { limited, overHttp } from '../flags.ts';
import { printList } from '../list.ts';
import { historyColumns } from '../present/historyColumns.ts';

export const history: Command = {
  name: 'history',
  usage: '<configuration>',
  arguments: { min: 1, max: 1 },
  what: 'what happened to it, and who asked for it',
  flags: { ...limited, ...overHttp },
  async run(call) {
    const { eId } = await findConfiguration(call.api(), first(call));
    await printList(call, {
      path: `/configuration/${eId}/history`,
      query: {},
      columns: historyColumns(call.speak),
      none: 'nothing has happened yet',
    });
    return exitCode.done;
  },
};
