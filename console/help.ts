/** The help: everything on one screen of 24 lines and 80 columns, and a page of the same size for each command. */
import type { Command, Flags } from './command.ts';
import { everywhere } from './flags.ts';

const exitCodes = `Exit codes: 0 done, 1 a fault, 2 not understood, 3 not found, 4 refused as it is
now, 5 not allowed, 6 not reachable, 7 not confirmed, 8 the answer is no`;

const nameWidth = 33;

const entry = (name: string, what: string): string => `  ${name.padEnd(nameWidth)}${what}`;

export function overview(commands: readonly Command[]): string {
  const has = (name: string): boolean => commands.some((command) => command.name === name);
  const one = (name: string, what?: string): string[] => {
    const command = commands.find((each) => each.name === name);
    return command === undefined ? [] : [entry(`${name} ${command.usage}`.trimEnd(), what ?? command.what)];
  };
  const family = (name: string, what: string): string[] => {
    const members = commands.filter((command) => command.name.startsWith(`${name} `)).map((command) => command.name.slice(name.length + 1));
    const shown = has(name) ? `[${members.join('|')}]` : members.join('|');
    return members.length === 0
      ? []
      : [`  ${name} ${shown}`.length > nameWidth + 1 ? `  ${name} ${shown}\n${entry('', what)}` : entry(`${name} ${shown}`, what)];
  };
  return [
    'postroute <command> [flags]        postroute <command> --help says more',
    ...one('list'),
    ...one('show'),
    ...one('explain', 'why it can or cannot send'),
    ...one('history'),
    ...one('watch'),
    '  provision, re-provision, re-verify, recover, lock, force-lock, unlock, remove',
    entry('    <configuration>', 'send it this signal; --wait follows it'),
    ...family('jobs', 'messages, and what became of them'),
    ...family('suppressions', 'whom a tenant must not mail'),
    ...family('drift', 'what differs from the world outside'),
    ...family('material', 'key versions of the server tokens'),
    ...one('rotate-webhooks'),
    ...family('tenant-keys', 'keys that act for one tenant'),
    ...family('config', 'settings: where each came from, what is wrong'),
    entry('sandbox', 'Postmark, AWS and DNS on this machine'),
    ...one('version', 'which Postroute this is, as --version'),
    'A configuration is named by eId, slug or sending domain. Every command takes',
    '--json; those that ask the service take --url (POSTROUTE_URL), --key-file (or',
    'ARDA_API_KEY, ARDA_API_KEY_FILE), --author and --tenant.',
    exitCodes,
    '',
  ].join('\n');
}

/** Of one command; the others that share its first word are named below. */
export function page(commands: readonly Command[]): string {
  const [main, ...others] = commands;
  if (main === undefined || main.name.includes(' ')) return others.length === 0 && main !== undefined ? onePage(main) : names(commands);
  return others.length === 0 ? onePage(main) : `${onePage(main)}\n${names(others)}`;
}

const called = ({ name, usage }: Command): string => `postroute ${name} ${usage}`.trimEnd();

function names(commands: readonly Command[]): string {
  const shown = commands.map(({ name, usage, what }) => [`${name} ${usage}`.trimEnd(), what] as const);
  const width = Math.max(...shown.map(([name]) => name.length));
  return `${shown.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`).join('\n')}\n`;
}

function onePage(command: Command): string {
  const flags: Flags = { ...command.flags, ...everywhere };
  const shown = Object.entries(flags).map(
    ([name, { value, what }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, what] as const,
  );
  const width = Math.max(...shown.map(([name]) => name.length));
  return `${[
    `${called(command)} [flags]`,
    `  ${command.what}`,
    ...(command.more ?? []).map((line) => `  ${line}`),
    '',
    ...shown.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`),
  ].join('\n')}\n`;
}
