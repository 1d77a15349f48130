/**
 * Free ports on loopback. They are taken below the range that the system gives to outgoing connections (32768 on Linux, 49152 elsewhere), so that a port
 * found free is not taken by somebody's client socket before the process it was found for binds it; and each process looks from a place of its own, so that
 * two which start at the same moment do not find the same.
 */
import { createServer } from 'node:net';

const lowest = 20_000;
const highest = 32_000;
const triesMax = 200;
/** More than one start takes. Processes that start together have numbers close to each other. */
const portsOfOne = 16;
let next = (process.pid * portsOfOne) % (highest - lowest);

/** Whether nothing listens on this TCP port of this address. */
export function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

export async function freePort(except: ReadonlySet<number> = new Set()): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = lowest + next;
    next = (next + 1) % (highest - lowest);
    if (!except.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port found between ${lowest} and ${highest} on 127.0.0.1 in ${triesMax} tries`);
}
