/** Flags and environment of the sandbox process. A flag wins over its environment name. */
import { parseArgs } from 'node:util';
import { type ListenerName, listeners, sandboxDefaults } from './listeners.ts';
import type { SandboxOptions } from './start.ts';

type Read = { kind: 'options'; options: SandboxOptions } | { kind: 'help'; text: string } | { kind: 'invalid'; message: string };

const listenerNames = Object.keys(listeners) as ListenerName[];

/** Not everyone who starts a sandbox needs these: when nobody chose their port and it is taken, they take a free one. */
const sideDoors: ReadonlySet<ListenerName> = new Set(['smtp', 'resolver', 'aws']);

const flags: Record<string, { fallback: string; help: string }> = {
  ...Object.fromEntries(
    listenerNames.map((name) => [
      `${name}-port`,
      { fallback: String(listeners[name].port), help: `port of ${listeners[name].purpose}; 0 takes a free one` },
    ]),
  ),
  host: { fallback: sandboxDefaults.host, help: 'loopback address to listen on' },
  zone: { fallback: sandboxDefaults.zone, help: 'hosted zone that is there from the start' },
  seed: { fallback: String(sandboxDefaults.seed), help: 'seed of every random choice' },
  clock: { fallback: 'real', help: 'real: domain time runs by itself; stopped: it moves with POST /clock/advance alone' },
  'start-at': { fallback: '', help: 'domain time at the start, such as 2026-01-02T03:04:05Z; real time when absent' },
  state: { fallback: '', help: 'file that keeps the world over a restart; nothing is kept when absent' },
};

const environmentName = (flag: string): string => `SANDBOX_${flag.replaceAll('-', '_').toUpperCase()}`;

const helpText = (): string =>
  [
    'npx postroute sandbox [flags]',
    '',
    ...Object.entries(flags).map(([flag, { fallback, help }]) => {
      const shown = fallback === '' ? '' : ` (${fallback})`;
      return `  --${flag.padEnd(14)} ${environmentName(flag).padEnd(22)} ${help}${shown}`;
    }),
    '',
  ].join('\n');

/** The first problem, or null. */
function problemIn(values: Readonly<Record<string, string>>): string | null {
  for (const name of listenerNames) {
    const port = values[`${name}-port`] ?? '';
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `--${name}-port must be a port number from 0 to 65535, not '${port}'`;
  }
  const { zone = '', 'start-at': startAt = '' } = values;
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?$/i.test(zone)) return `--zone must be a domain name such as ${sandboxDefaults.zone}, not '${zone}'`;
  const { clock = '' } = values;
  if (clock !== 'real' && clock !== 'stopped') return `--clock must be real or stopped, not '${clock}'`;
  if (startAt !== '' && Number.isNaN(Date.parse(startAt)))
    return `--start-at must be a time such as 2026-01-02T03:04:05Z, not '${startAt}'`;
  return null;
}

function parsedFlags(args: readonly string[]): Record<string, string | boolean | undefined> | string {
  try {
    const known = Object.fromEntries(Object.keys(flags).map((flag) => [flag, { type: 'string' as const }]));
    return { ...parseArgs({ args: [...args], options: { ...known, help: { type: 'boolean' as const } }, strict: true }).values };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : 'unreadable';
    return `${reason}; flags: --help, ${Object.keys(flags)
      .map((flag) => `--${flag}`)
      .join(', ')}`;
  }
}

export function readOptions(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Read {
  const given = parsedFlags(args);
  if (typeof given === 'string') return { kind: 'invalid', message: given };
  if (given['help'] === true) return { kind: 'help', text: helpText() };
  const values = Object.fromEntries(
    Object.entries(flags).map(([flag, { fallback }]) => [flag, String(given[flag] ?? environment[environmentName(flag)] ?? fallback)]),
  );
  const problem = problemIn(values);
  if (problem !== null) return { kind: 'invalid', message: problem };
  const { host = '', zone = '', seed = '', state = '', 'start-at': startAt = '' } = values;
  const ports = Object.fromEntries(listenerNames.map((name) => [name, Number(values[`${name}-port`])]));
  const isChosen = (name: ListenerName): boolean =>
    (given[`${name}-port`] ?? environment[environmentName(`${name}-port`)]) !== undefined || !sideDoors.has(name);
  return {
    kind: 'options',
    options: {
      host,
      ports,
      movable: listenerNames.filter((name) => !isChosen(name)),
      zone,
      seed,
      ...(values['clock'] === 'stopped' ? { clock: 'stopped' as const } : {}),
      ...(startAt === '' ? {} : { startAt: Date.parse(startAt) }),
      ...(state === '' ? {} : { stateFile: state }),
    },
  };
}
