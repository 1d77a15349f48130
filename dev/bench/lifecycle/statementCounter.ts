/**
 * Stands between a service and its Postgres and counts what is asked: one for each simple query and for each execution of a prepared one, as the wire
 * has them. So a statement inside a transaction counts, and so do BEGIN and COMMIT; nothing is added to the statements themselves.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type StatementCounter = { port: number; count(): number; close(): void };

const headerBytes = 5;
const simpleQuery = 'Q'.charCodeAt(0);
const execute = 'E'.charCodeAt(0);

/** Feeds on what a client sends; answers how many statements were asked in it. The first message of a connection has no type byte. */
function statementsIn(): (chunk: Buffer) => number {
  let rest = Buffer.alloc(0);
  let started = false;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let asked = 0;
    for (;;) {
      const header = started ? headerBytes : 4;
      if (rest.length < header) return asked;
      const total = started ? 1 + rest.readUInt32BE(1) : rest.readUInt32BE(0);
      if (rest.length < total) return asked;
      if (started && (rest[0] === simpleQuery || rest[0] === execute)) asked += 1;
      started = true;
      rest = rest.subarray(total);
    }
  };
}

export async function startStatementCounter(postgresPort: number): Promise<StatementCounter> {
  let total = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(postgresPort, '127.0.0.1');
    const count = statementsIn();
    client.on('data', (chunk: Buffer) => {
      total += count(chunk);
    });
    client.pipe(upstream);
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the counter has no port');
  return {
    port: address.port,
    count: () => total,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
