/** The settings that a service would start with here: where each came from, and everything that is wrong with them. The service is not asked. */
import type { Call, Command } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';

const from = {
  usage: '[file …]',
  arguments: { min: 0, max: 50 },
  more: ['From defaults, these files (or those named in CONFIG_FILES), and the', 'environment; later ones win. Secrets are masked.'],
} as const;

const print: Command = {
  name: 'config print',
  ...from,
  what: 'the settings that a service would start with here',
  flags: { origin: { type: 'boolean', what: 'where each value came from' } },
  async run(call) {
    const { listSettings, printSettings } = await import('../../config/reference.ts');
    return withSettings(call, (loaded) => {
      if (call.speak.json) for (const each of listSettings(loaded)) call.speak.document(each);
      else call.speak.line(printSettings(loaded, { origin: call.has('origin') }).trimEnd());
    });
  },
};

const check: Command = {
  name: 'config check',
  ...from,
  what: 'everything that is wrong with them; exit 8 when something is',
  flags: { partial: { type: 'boolean', what: 'what is missing comes from elsewhere' } },
  run: (call) =>
    withSettings(call, ({ origins }) => {
      if (call.speak.json) call.speak.document({ ok: true, given: origins.size });
      else call.speak.line(`the settings are good: ${origins.size} given, the others have their defaults`);
    }),
};

type Loaded = Awaited<ReturnType<typeof import('../../config/load.ts').loadSettings>>;

/** The schema costs a tenth of a second to load, so that only these commands do. */
async function withSettings(call: Call, use: (loaded: Loaded) => void): Promise<ExitCode> {
  const { loadSettings } = await import('../../config/load.ts');
  const { SettingsError } = await import('../../config/settingsError.ts');
  const files = call.arguments.length === 0 ? {} : { files: call.arguments };
  try {
    use(await loadSettings({ env: call.environment, ...files }));
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const problems = call.has('partial') ? error.problems.filter(({ missing }) => missing !== true) : error.problems;
    const count = error.problems.length - problems.length;
    if (problems.length === 0) {
      if (call.speak.json) call.speak.document({ ok: true, missing: count });
      else call.speak.line(`what is given is good; ${count} that are required must come from elsewhere`);
      return exitCode.done;
    }
    if (call.speak.json) for (const problem of problems) call.speak.document(problem);
    else call.speak.aside(new SettingsError(problems).message);
    return exitCode.no;
  }
}

export const configCommands: readonly Command[] = [print, check];
