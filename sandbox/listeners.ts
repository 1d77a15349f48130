/** What the sandbox listens on, and opening it on loopback: one after the other, and all closed together. */

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

/** Opens one listener; a taken port is told with its purpose and the flag that moves it. */
async function open<L extends Listening>(name: ListenerName, port: number, listen: () => Promise<L>): Promise<L> {
  try {
    return await listen();
  } catch (cause) {
    if (!isTaken(cause)) throw cause;
    throw new Error(`port ${port} for ${listeners[name].purpose} is taken; end what holds it, or choose another with --${name}-port`, {
      cause,
    });
  }
}

/** Opens listeners one after the other and closes all that it opened. */
export function listenersAt(
  host: string,
  { ports, movable }: { ports?: Partial<Record<ListenerName, number>>; movable?: readonly ListenerName[] },
) {
  const opened: Listening[] = [];
  return {
    async listen<L extends Listening>(name: ListenerName, serve: (at: { host: string; port: number }) => Promise<L>): Promise<L> {
      const port = ports?.[name] ?? 0;
      const mayMove = movable?.includes(name) ?? false;
      const listener = await open(name, port, async () => {
        try {
          return await serve({ host, port });
        } catch (cause) {
          if (mayMove && isTaken(cause)) return serve({ host, port: 0 });
          throw cause;
        }
      });
      opened.push(listener);
      return listener;
    },
    close: async () => {
      await Promise.all(opened.map((listener) => listener.close()));
    },
  };
}
