/** One command, from its words to its exit code. Whatever goes wrong is said once, on standard error. */
import { type Api, createApi } from './api.ts';
import { asker } from './asker.ts';
import type { Call } from './command.ts';
import { commands } from './commands.ts';
import { type ExitCode, exitCode } from './exitCode.ts';
import { Failure, mistake } from './failure.ts';
import { overview, page } from './help.ts';
import { parse, type Values } from './parse.ts';
import { createSpeaker, type Output, printable, type Speaker } from './speaker.ts';
import { targetOf } from './target.ts';

export type Surroundings = {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  out: Output;
  err: Output;
  environment: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
};

export async function run(words: readonly string[], around: Surroundings): Promise<ExitCode> {
  const speak = createSpeaker(around, words.includes('--json'));
  try {
    const parsed = parse(words, commands);
    if (parsed.kind === 'help') {
      around.out.write(parsed.of.length === 0 ? overview(commands) : page(parsed.of));
      return exitCode.done;
    }
    return await parsed.command.run(callOf(parsed.values, parsed.positionals, speak, around));
  } catch (error) {
    speak.progress(null);
    if (around.interrupted.aborted) return exitCode.interrupted;
    return report(error, speak);
  }
}

function callOf(values: Values, positionals: readonly string[], speak: Speaker, around: Surroundings): Call {
  const { interrupted, environment } = around;
  let api: Api | null = null;
  const text = (flag: string): string | undefined => {
    const value = values[flag];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    arguments: positionals,
    text,
    has: (flag) => values[flag] === true,
    number(flag, { min, max, fallback }) {
      const given = text(flag);
      if (given === undefined) return fallback;
      const number = Number(given);
      if (!/^\d+$/.test(given) || number < min || number > max) throw mistake(`--${flag} must be a whole number from ${min} to ${max}`);
      return number;
    },
    api() {
      const named = { url: text('url'), keyFile: text('key-file'), author: text('author'), tenant: text('tenant') };
      api ??= createApi(targetOf({ ...named, environment }), interrupted);
      return api;
    },
    speak,
    ask: asker(around.input, around.err, interrupted),
    interrupted,
    environment,
  };
}

/** On standard error, in red on a terminal; the problem itself too, with `--json`. */
function report(error: unknown, speak: Speaker): ExitCode {
  if (!(error instanceof Failure)) {
    speak.aside(`postroute: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exitCode.fault;
  }
  if (speak.json) {
    const { message, remedy, code, problem } = error;
    speak.aside(JSON.stringify({ error: message, remedy, exitCode: code, problem }));
    return code;
  }
  speak.aside(`postroute: ${printable(error.message)}`);
  for (const fact of error.facts) speak.aside(`  ${printable(fact)}`);
  if (error.remedy !== null) speak.aside(error.remedy);
  return error.code;
}
