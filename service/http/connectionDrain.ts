/**
 * The beginning of a stop: connections that callers keep open may still bring requests, and each of them is served and told to come again on another
 * connection. Without it a request that crosses with the stop would be refused or cut, although another process could have had it.
 *
 * Over when the last connection is gone, or after the limit; what is idle then is closed, and what still comes is refused with 503. New connections are
 * somebody else's: whoever deals them out has been told before, or is told by /readyz.
 */
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface ConnectionDrain {
  hasBegun(): boolean;
  run(server: Server, limitMs: number): Promise<void>;
}

const lookMs = 20;

export const connectionDrain = (): ConnectionDrain => {
  let begun = false;
  return {
    hasBegun: () => begun,
    async run(server, limitMs) {
      begun = true;
      const until = performance.now() + limitMs;
      while (performance.now() < until && (await openConnections(server)) > 0) await delay(lookMs);
    },
  };
};

const openConnections = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error === null ? count : 0)));
