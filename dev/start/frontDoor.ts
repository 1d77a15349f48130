/**
 * Where callbacks arrive when there are several replicas: a connection goes to the next one that takes it, as a load balancer's does in production, so
 * that a replica that was killed costs nobody a callback. It looks at no byte of what it carries; a connection whose replica dies is closed.
 */
import { connect, createServer, type Socket } from 'node:net';

export type FrontDoor = { url: string; close(): Promise<void> };

const host = '127.0.0.1';

function join(incoming: Socket, outgoing: Socket): void {
  const ends = [incoming, outgoing] as const;
  for (const [from, to] of [ends, ends.toReversed()] as [Socket, Socket][]) {
    // Whichever side breaks, the other learns by its end; there is nothing to say of it here.
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

function admit(incoming: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    incoming.destroy();
    return;
  }
  const outgoing = connect({ port, host, noDelay: true });
  const next = () => admit(incoming, others);
  outgoing.once('error', next);
  outgoing.once('connect', () => {
    outgoing.off('error', next);
    join(incoming, outgoing);
  });
}

/** `ports` of the replicas; `port` 0 takes a free one. */
export async function openFrontDoor(port: number, ports: readonly number[]): Promise<FrontDoor> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (incoming) => {
    open.add(incoming.on('close', () => open.delete(incoming)));
    incoming.on('error', () => incoming.destroy());
    turn = (turn + 1) % ports.length;
    admit(incoming, [...ports.slice(turn), ...ports.slice(0, turn)]);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the front door has no port');
  return {
    url: `http://${host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const incoming of open) incoming.destroy();
      }),
  };
}
