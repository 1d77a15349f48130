/** Every port that `npm start` opens: what it is for, how to move it, and where it is by default. One table, so that help, check and start agree. */
import { createSocket } from 'node:dgram';
import { isFree } from '../ports.ts';

export type PortName =
  | 'service'
  | 'metrics'
  | 'callbacks'
  | 'postmark'
  | 'route53'
  | 'kms'
  | 'dns'
  | 'smtp'
  | 'sentry'
  | 'control'
  | 'resolver'
  | 'aws'
  | 'postgres';

type PortEntry = { flag: string; environment: string; what: string; fallback: number | null; udp?: true; moves?: true };

/**
 * `fallback: null`: none of its own unless asked for. `moves`: not everyone who starts needs it, so when nobody chose its port and that is taken, it is
 * on a free one, which the ready line names.
 */
export const portTable: Readonly<Record<PortName, PortEntry>> = {
  service: { flag: 'port', environment: 'EMAIL_HTTP_PORT', what: "the service's API", fallback: 8889 },
  metrics: { flag: 'metrics-port', environment: 'METRICS_PORT', what: "the service's /metrics, on a port of its own", fallback: null },
  callbacks: {
    flag: 'callback-port',
    environment: 'POSTROUTE_CALLBACK_PORT',
    what: 'the callbacks of several replicas, whichever of them lives',
    fallback: 8890,
  },
  postmark: { flag: 'postmark-port', environment: 'POSTROUTE_POSTMARK_PORT', what: "the sandbox's Postmark", fallback: 8585 },
  route53: { flag: 'route53-port', environment: 'POSTROUTE_ROUTE53_PORT', what: "the sandbox's Route 53", fallback: 4580 },
  kms: { flag: 'kms-port', environment: 'POSTROUTE_KMS_PORT', what: "the sandbox's KMS", fallback: 4581 },
  dns: { flag: 'dns-port', environment: 'POSTROUTE_DNS_PORT', what: "the sandbox's name server (UDP and TCP)", fallback: 8053, udp: true },
  smtp: {
    flag: 'smtp-port',
    environment: 'POSTROUTE_SMTP_PORT',
    what: "the sandbox's SMTP door of Postmark",
    fallback: 2525,
    moves: true,
  },
  sentry: { flag: 'sentry-port', environment: 'POSTROUTE_SENTRY_PORT', what: "the sandbox's Sentry", fallback: 8969 },
  control: { flag: 'control-port', environment: 'POSTROUTE_CONTROL_PORT', what: "the sandbox's control", fallback: 8590 },
  resolver: {
    flag: 'resolver-port',
    environment: 'POSTROUTE_RESOLVER_PORT',
    what: "the sandbox's caching resolver (UDP and TCP)",
    fallback: 8054,
    udp: true,
    moves: true,
  },
  aws: {
    flag: 'aws-port',
    environment: 'POSTROUTE_AWS_PORT',
    what: "the sandbox's Secrets Manager, Parameter Store, STS and CloudFormation",
    fallback: 4582,
    moves: true,
  },
  postgres: { flag: 'postgres-port', environment: 'POSTROUTE_POSTGRES_PORT', what: 'PostgreSQL', fallback: 54_329 },
};

export const portNames = Object.keys(portTable) as PortName[];

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

export function takenPort(name: PortName, port: number): string {
  const { flag, environment, what } = portTable[name];
  return `port ${port} of 127.0.0.1 is taken; it is for ${what}. Free it, or choose another with --${flag} N or ${environment}=N`;
}

async function isPortFree(name: PortName, port: number): Promise<boolean> {
  return (await isFree(port)) && (portTable[name].udp === undefined || (await isUdpFree(port)));
}

/** As asked for; else free ones (0) when temporary, and the documented ones when not. */
export async function planPorts(asked: Partial<Record<PortName, number>>, ephemeral: boolean): Promise<Record<PortName, number>> {
  const portOf = async (name: PortName): Promise<number> => {
    const { fallback, moves } = portTable[name];
    const usual = ephemeral ? 0 : (fallback ?? 0);
    if (asked[name] !== undefined || usual === 0 || moves === undefined) return asked[name] ?? usual;
    return (await isPortFree(name, usual)) ? usual : 0;
  };
  const planned = await Promise.all(portNames.map(async (name) => [name, await portOf(name)]));
  return Object.fromEntries(planned) as Record<PortName, number>;
}

/** One sentence for each port that is taken. Ports that are 0 (any free one) or not wanted are not looked at. */
export async function takenPorts(wanted: Partial<Record<PortName, number>>): Promise<string[]> {
  const taken: string[] = [];
  for (const name of portNames) {
    const port = wanted[name] ?? 0;
    if (port === 0 || (await isPortFree(name, port))) continue;
    taken.push(takenPort(name, port));
  }
  return taken;
}
