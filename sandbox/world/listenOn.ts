import type { Server } from 'node:net';

/** Listens, and answers the port: the one asked for, or the free one that port 0 found. Rejects with node's error (EADDRINUSE). */
export function listenOn(server: Server, at: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error(`no port was bound on ${at.host}`));
      resolve(address.port);
    });
  });
}
