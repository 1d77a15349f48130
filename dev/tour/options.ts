/** What `npm run tour --` understands. Nothing is required: what is not named is looked for where `npm start` puts it. */
import { parseArgs } from 'node:util';
import { portTable } from '../start/portPlan.ts';

export type TourOptions = {
  url: string;
  control: string;
  /** null: from the environment or from the data folder. */
  key: string | null;
  /** Somebody named where Postroute is, so none is started in its place. */
  named: boolean;
  environment: NodeJS.ProcessEnv;
};

export type ParsedTourOptions = { kind: 'run'; options: TourOptions } | { kind: 'help'; text: string } | { kind: 'mistake'; text: string };

const portOf = (name: 'service' | 'control', environment: NodeJS.ProcessEnv): string =>
  environment[portTable[name].environment] || String(portTable[name].fallback);

const usage = `npm run tour -- [flags]
  --url URL       the service (http://127.0.0.1:8889; or POSTROUTE_URL)
  --control URL   the sandbox's control (http://127.0.0.1:8590; or POSTROUTE_CONTROL_URL)
  --key KEY       the operator key (or ARDA_API_KEY, ARDA_API_KEY_FILE; else the one that npm start keeps in .postroute)
  --help          this text
When nothing answers and none of the flags is given, a Postroute is started for the tour and stopped after it.`;

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function address(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new RangeError(`${name} must be an address such as http://127.0.0.1:8889, not "${text}"`);
  if (!loopback.test(url.hostname))
    throw new RangeError(
      `${name} must be on this machine (127.0.0.1, localhost or [::1]), not ${url.hostname}: the tour makes a tenant and sends mail`,
    );
  return url.origin;
}

function readOptions(values: { url?: string; control?: string; key?: string }, environment: NodeJS.ProcessEnv): TourOptions {
  const [url, control] = [
    values.url ?? (environment['POSTROUTE_URL'] || null),
    values.control ?? (environment['POSTROUTE_CONTROL_URL'] || null),
  ];
  if (values.key === '') throw new RangeError('--key needs the operator key; npm start prints it');
  return {
    url: address(url ?? `http://127.0.0.1:${portOf('service', environment)}`, '--url'),
    control: address(control ?? `http://127.0.0.1:${portOf('control', environment)}`, '--control'),
    key: values.key ?? null,
    named: url !== null || control !== null || values.key !== undefined,
    environment,
  };
}

export function parseTourOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ParsedTourOptions {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { url: text, control: text, key: text, help: { type: 'boolean' } } });
    if (values.help === true) return { kind: 'help', text: usage };
    return { kind: 'run', options: readOptions(values, environment) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // parseArgs explains how to pass positionals, which the tour has none of.
    return { kind: 'mistake', text: `${error.message.split('. ')[0]}\n${usage}` };
  }
}
