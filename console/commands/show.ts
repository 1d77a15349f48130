import { type Command, first } from '../command.ts';
import { exitCode } from '../exitCode.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { overHttp } from '../flags.ts';
import { configurationFacts } from '../present/configurationSheet.ts';
import { sheet } from '../present/sheet.ts';
import { statusFormat } from '../present/statusFormat.ts';
import type { Configuration } from '../wire.ts';

export const show: Command = {
  name: 'show',
  usage: '<configuration>',
  arguments: { min: 1, max: 1 },
  what: 'one configuration, now or at a past moment',
  flags: { 'as-of': { type: 'string', value: 'TIME', what: 'as it was then: 2026-11-01T10:00:00Z' }, ...overHttp },
  async run(call) {
    const { speak } = call;
    const found = await findConfiguration(call.api(), first(call));
    const asOf = call.text('as-of');
    const shown = asOf === undefined ? found : await call.api().get<Configuration>(`/configuration/${found.eId}`, { asOf });
    if (speak.json) speak.document(shown);
    else {
      speak.line(`${speak.style('bold', shown.sendingDomain)}  ${speak.style(statusFormat(shown.status), shown.status)}`);
      for (const line of sheet(configurationFacts(shown))) speak.line(line);
    }
    return exitCode.done;
  },
};
