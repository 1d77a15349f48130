/** From the words of the command line to a command, its flags and its arguments. `parseArgs` of Node does the splitting: no package is worth less of it. */
import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import type { Command, Flags } from './command.ts';
import { mistake } from './failure.ts';
import { everywhere } from './flags.ts';

export type Values = Readonly<Record<string, string | boolean | undefined>>;
export type Parsed =
  | { kind: 'run'; command: Command; values: Values; positionals: readonly string[] }
  | { kind: 'help'; of: readonly Command[] };

/** `given` without the name of the program. */
export function parse(given: readonly string[], commands: readonly Command[]): Parsed {
  // What every program of the kind takes in place of a command.
  const words = given[0] === '--version' || given[0] === '-v' ? ['version', ...given.slice(1)] : given;
  const [head, second] = words;
  if (head === undefined || head === '--help' || head === '-h' || head === 'help')
    return helpOf(head === 'help' ? second : undefined, commands);
  const command = commands.find(({ name }) => name === `${head} ${second}`) ?? commands.find(({ name }) => name === head);
  const family = commands.filter(({ name }) => name.split(' ')[0] === head);
  if (command === undefined) {
    if (family.length === 0) throw unknownCommand(head, commands);
    if (second === undefined || second === '--help' || second === '-h') return { kind: 'help', of: family };
    throw unknownCommand(`${head} ${second}`, family);
  }
  const rest = words.slice(command.name.split(' ').length);
  // Before anything is judged: whoever asks for help has not got it right yet.
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help', of: command.name === head ? family : [command] };
  return { kind: 'run', command, ...splitWords(command, rest, family) };
}

function helpOf(name: string | undefined, commands: readonly Command[]): Parsed {
  if (name === undefined) return { kind: 'help', of: [] };
  const of = commands.filter((command) => command.name.split(' ')[0] === name);
  if (of.length === 0) throw unknownCommand(name, commands);
  return { kind: 'help', of };
}

const unknownCommand = (given: string, commands: readonly Command[]) => {
  const meant = nearest(given, [...new Set(commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]))]);
  return mistake(`there is no command '${given}'`, meant === null ? 'postroute --help lists them.' : `Did you mean '${meant}'?`);
};

function splitWords(
  command: Command,
  words: readonly string[],
  family: readonly Command[],
): { values: Values; positionals: readonly string[] } {
  const flags: Flags = { ...command.flags, ...everywhere };
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  const { values, positionals, tokens } = parseArgs({ args: [...words], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = flags[token.name];
    if (flag === undefined) throw unknownFlag(token.rawName, flags, command);
    if (flag.type === 'string' && (token.value === undefined || token.value === ''))
      throw mistake(`${token.rawName} needs a value: ${token.rawName} ${flag.value ?? 'VALUE'}`);
    // Without `=` a forgotten value swallows the next flag.
    if (flag.type === 'string' && token.inlineValue === false && token.value?.startsWith('--') === true)
      throw mistake(
        `${token.rawName} needs a value, and ${token.value} is a flag`,
        `For such a value write ${token.rawName}=${token.value}.`,
      );
    if (flag.type === 'boolean' && token.value !== undefined) throw mistake(`${token.rawName} takes no value`);
  }
  const { min, max } = command.arguments;
  const usage = `It is: postroute ${command.name} ${command.usage}`.trimEnd();
  if (positionals.length < min) throw mistake(`${command.name} needs ${command.usage}`, usage);
  if (positionals.length > max) throw tooMany(command, positionals, family, usage);
  return {
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value])),
    positionals,
  };
}

/** With one word too many, the first may be a mistyped second word of a command. */
function tooMany(command: Command, positionals: readonly string[], family: readonly Command[], usage: string) {
  const others = family.filter(({ name }) => name !== command.name).map(({ name }) => name);
  const meant = nearest(`${command.name} ${positionals[0]}`, others);
  const extra = positionals[command.arguments.max] ?? '';
  return mistake(`${command.name} does not take '${extra}'`, meant === null ? usage : `Did you mean '${meant}'?`);
}

const unknownFlag = (given: string, flags: Flags, { name }: Command) => {
  const meant = nearest(
    given,
    Object.keys(flags).map((flag) => `--${flag}`),
  );
  return mistake(`${name} has no flag ${given}`, meant === null ? `postroute ${name} --help lists them.` : `Did you mean ${meant}?`);
};
