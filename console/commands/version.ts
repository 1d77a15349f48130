/** Which Postroute this command line is of. The service is not asked: `GET /openapi.json` says what that one is. */
import { readFileSync } from 'node:fs';
import type { Command } from '../command.ts';
import { exitCode } from '../exitCode.ts';

const versionHere = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
};

export const version: Command = {
  name: 'version',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'the version of this command line; so does --version',
  flags: {},
  async run({ speak }) {
    const here = versionHere();
    if (speak.json) speak.document({ version: here });
    else speak.line(here);
    return exitCode.done;
  },
};
