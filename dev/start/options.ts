/** What `npm start --` understands. Unknown or impossible arguments are named together with what would be valid. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type PortName, portNames, portTable } from './portPlan.ts';

export type StartOptions = {
  ephemeral: boolean;
  replicas: number;
  restart: boolean;
  service: boolean;
  /** null: `.postroute/` of the checkout. */
  dataDir: string | null;
  /** As asked for by flag or environment; absent: the default of the mode. */
  ports: Partial<Record<PortName, number>>;
};

export type ParsedOptions = { kind: 'run'; options: StartOptions } | { kind: 'help'; text: string } | { kind: 'mistake'; text: string };

const replicasMax = 16;

const flags: readonly (readonly [string, string])[] = [
  ['--ephemeral', 'a new temporary data folder and free ports; everything is removed at the end'],
  ['--replicas N', `start N services (1 to ${replicasMax})`],
  ['--restart', 'start a service again that has ended'],
  ['--no-service', 'everything but the service, for a debugger'],
  ['--data-dir DIR', 'where the data is kept (.postroute; or POSTROUTE_DATA_DIR); not with --ephemeral'],
  ['--help', 'this text'],
  ...portNames.map((name) => {
    const { flag, environment, what, fallback } = portTable[name];
    return [`--${flag} N`, `${what} (${fallback ?? 'none'}; or ${environment})`] as const;
  }),
];

const usage = ['npm start -- [flags]', ...flags.map(([flag, what]) => `  ${flag.padEnd(20)} ${what}`)].join('\n');

const config = {
  strict: false,
  tokens: true,
  options: {
    ephemeral: { type: 'boolean' },
    restart: { type: 'boolean' },
    'no-service': { type: 'boolean' },
    help: { type: 'boolean' },
    replicas: { type: 'string' },
    'data-dir': { type: 'string' },
    ...Object.fromEntries(portNames.map((name) => [portTable[name].flag, { type: 'string' as const }])),
  },
} satisfies ParseArgsConfig;

function wholeNumber(text: unknown, name: string, low: number, high: number): number {
  const value = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new RangeError(`${name} must be a whole number from ${low} to ${high}${typeof text === 'string' ? `, not "${text}"` : ''}`);
}

function readPorts(values: Record<string, unknown>, environment: NodeJS.ProcessEnv): Partial<Record<PortName, number>> {
  const ports: Partial<Record<PortName, number>> = {};
  for (const name of portNames) {
    const { flag, environment: variable } = portTable[name];
    const fromFlag = values[flag];
    const fromEnvironment = environment[variable] || environment[`EMAIL_${variable}`];
    if (fromFlag !== undefined) ports[name] = wholeNumber(fromFlag, `--${flag}`, 0, 65_535);
    else if (fromEnvironment) ports[name] = wholeNumber(fromEnvironment, variable, 0, 65_535);
  }
  return ports;
}

function refuseUnknown(tokens: readonly { kind: string; name?: string; value?: unknown }[]): void {
  for (const token of tokens) {
    if (token.kind === 'positional') throw new RangeError(`unknown argument "${token.value}"`);
    if (token.kind !== 'option' || token.name === undefined) continue;
    const option = Object.entries<{ type: string }>(config.options).find(([name]) => name === token.name)?.[1];
    if (option === undefined) throw new RangeError(`unknown flag ${token.name.length === 1 ? '-' : '--'}${token.name}`);
    if (option.type === 'boolean' && token.value !== undefined) throw new RangeError(`--${token.name} takes no value`);
  }
}

function readOptions(values: Record<string, unknown>, environment: NodeJS.ProcessEnv): StartOptions {
  const dataDir = values['data-dir'];
  if (dataDir !== undefined && (typeof dataDir !== 'string' || dataDir === '')) throw new RangeError('--data-dir needs a folder');
  if (dataDir !== undefined && values['ephemeral'] === true)
    throw new RangeError('--ephemeral makes a folder of its own: leave --data-dir out');
  return {
    ephemeral: values['ephemeral'] === true,
    replicas: values['replicas'] === undefined ? 1 : wholeNumber(values['replicas'], '--replicas', 1, replicasMax),
    restart: values['restart'] === true,
    service: values['no-service'] !== true,
    dataDir: dataDir ?? (environment['POSTROUTE_DATA_DIR'] || null),
    ports: readPorts(values, environment),
  };
}

export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ParsedOptions {
  try {
    const { values, tokens } = parseArgs({ ...config, args: [...args] });
    refuseUnknown(tokens);
    if (values['help'] === true) return { kind: 'help', text: usage };
    return { kind: 'run', options: readOptions(values, environment) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'mistake', text: `${error.message}\n${usage}` };
    throw error;
  }
}
