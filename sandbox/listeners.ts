/** What the sandbox listens on, and opening it on loopback: one after the other, and all closed together. */
import { createServer } from 'node:net';

/** What listens, with the port it has when the process is started without flags, and what it is for. */
export const listeners = {
  postmark: { port: 8585, purpose: 'the Postmark API' },
  route53: { port: 4580, purpose: 'Route 53' },
  kms: { port: 4581, purpose: 'KMS' },
  dns: { port: 8053, purpose: 'DNS over UDP and TCP' },
  smtp: { port: 2525, purpose: 'Postmark over SMTP' },
  sentry: { port: 8969, purpose: 'the Sentry sink' },
  control: { port: 8590, purpose: 'the control API' },
  resolver: { port: 8054, purpose: 'the caching resolver over UDP and TCP' },
  aws: { port: 4582, purpose: 'Secrets Manager, SSM, STS and CloudFormation' },
} as const;

export const sandboxDefaults = { host: '127.0.0.1', zone: 'dev.ardamails.com', seed: 1 } as const;

export type ListenerName = keyof typeof listeners;

export type Listening = { host: string; port: number; close(): Promise<void> };

const isTaken = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';

const takenPort = (name: ListenerName, port: number): string =>
  `port ${port} for ${listeners[name].purpose} is taken; end what holds it, or choose another with --${name}-port`;

function isFree(at: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ ...at, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** All at once, so that nobody frees one port only to be told of the next. */
async function takenBesides(host: string, wanted: readonly (readonly [ListenerName, number])[]): Promise<string[]> {
  const found = await Promise.all(
    wanted.map(async ([name, port]) => (port === 0 || (await isFree({ host, port })) ? [] : [takenPort(name, port)])),
  );
  return found.flat();
}

/** Opens listeners one after the other and closes all that it opened. */
export function listenersAt(
  host: string,
  { ports, movable }: { ports?: Partial<Record<ListenerName, number>>; movable?: readonly ListenerName[] },
) {
  const opened: Listening[] = [];
  const tried = new Set<ListenerName>();
  /** Tells of each taken port with its purpose and the flag that moves it; those that nobody chose move by themselves. */
  const complaint = async (name: ListenerName, port: number): Promise<string> => {
    const untried = (Object.keys(listeners) as ListenerName[]).filter((other) => !tried.has(other) && movable?.includes(other) !== true);
    const others = await takenBesides(
      host,
      untried.map((other) => [other, ports?.[other] ?? 0] as const),
    );
    return [takenPort(name, port), ...others].join('\nsandbox: ');
  };
  return {
    async listen<L extends Listening>(name: ListenerName, serve: (at: { host: string; port: number }) => Promise<L>): Promise<L> {
      const port = ports?.[name] ?? 0;
      const mayMove = movable?.includes(name) ?? false;
      tried.add(name);
      const listener = await serve({ host, port }).catch(async (cause: unknown) => {
        if (!isTaken(cause)) throw cause;
        if (mayMove) return serve({ host, port: 0 });
        throw new Error(await complaint(name, port), { cause });
      });
      opened.push(listener);
      return listener;
    },
    close: async () => {
      await Promise.all(opened.map((listener) => listener.close()));
    },
  };
}
