/**
 * `postroute <command>`: what an operator asks of a running Postroute, over its HTTP API alone; only `config` reads settings of its own.
 * Nothing is kept: a command that is cut off has asked what it has asked, and `history` shows it.
 */
import { type Api, createApi } from './api.ts';
import type { Call } from './command.ts';
import { commands } from './commands.ts';
import { type ExitCode, exitCode } from './exitCode.ts';
import { Failure, mistake } from './failure.ts';
import { overview, page } from './help.ts';
import { parse, type Values } from './parse.ts';
import { createSpeaker, printable, type Speaker } from './speaker.ts';
import { targetOf } from './target.ts';

async function run(words: readonly string[], interrupted: AbortSignal): Promise<ExitCode> {
  const speak = createSpeaker({ out: process.stdout, err: process.stderr }, words.includes('--json'));
  try {
    const parsed = parse(words, commands);
    if (parsed.kind === 'help') {
      process.stdout.write(parsed.of.length === 0 ? overview(commands) : page(parsed.of));
      return exitCode.done;
    }
    return await parsed.command.run(callOf(parsed.values, parsed.positionals, speak, interrupted));
  } catch (error) {
    speak.progress(null);
    if (interrupted.aborted) return exitCode.interrupted;
    return report(error, speak);
  }
}

function callOf(values: Values, positionals: readonly string[], speak: Speaker, interrupted: AbortSignal): Call {
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
      api ??= createApi(targetOf({ ...named, environment: process.env }), interrupted);
      return api;
    },
    speak,
    interrupted,
    environment: process.env,
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

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort());
// Whoever reads our output may stop reading: `postroute list | head`.
process.stdout.on('error', () => process.exit(exitCode.done));
process.exitCode = await run(process.argv.slice(2), interruption.signal);
// The IPC channel to the launcher would keep this process up.
process.disconnect?.();
