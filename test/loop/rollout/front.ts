/**
 * What a Kubernetes Service does, on loopback: connections, not requests, are dealt out in turn to the pods that are ready, and one that is open stays
 * with its pod whatever becomes of it. Readiness is asked over HTTP with the period and threshold of the chart's own probe, the period shortened.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export type Front = {
  url: string;
  /** Connections that were refused or cut because no pod was ready. */
  refused(): number;
  /** Begins to ask whether the pod is ready. */
  watch(port: number): void;
  untilReady(port: number, limitMs: number): Promise<void>;
  /** Nobody new is sent there from now on. */
  remove(port: number): void;
  close(): Promise<void>;
};

const probePeriodMs = 150;

type Endpoint = { port: number; ready: boolean; failures: number };

const listening = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

export async function openFront(failureThreshold: number): Promise<Front> {
  const endpoints: Endpoint[] = [];
  const sockets = new Set<Socket>();
  let turn = 0;
  let refused = 0;
  let closed = false;

  const server = createServer({ allowHalfOpen: true }, (caller) => {
    const ready = endpoints.filter((each) => each.ready);
    turn += 1;
    const chosen = ready[turn % Math.max(1, ready.length)];
    if (chosen === undefined) {
      refused += 1;
      caller.destroy();
      return;
    }
    const pod = connect({ port: chosen.port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [caller, pod]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    }
    // What one side does the other is told: an end is an end, a reset is a reset.
    caller.on('error', () => pod.resetAndDestroy());
    pod.on('error', () => caller.resetAndDestroy());
    caller.pipe(pod);
    pod.pipe(caller);
  });
  const port = await listening(server, 0);

  const probe = async (endpoint: Endpoint): Promise<void> => {
    while (!closed && endpoints.includes(endpoint)) {
      const passes = await fetch(`http://127.0.0.1:${endpoint.port}/readyz`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(5_000),
      }).then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.ok;
        },
        () => false,
      );
      endpoint.failures = passes ? 0 : endpoint.failures + 1;
      if (passes) endpoint.ready = true;
      else if (endpoint.failures >= failureThreshold) endpoint.ready = false;
      await pause(probePeriodMs);
    }
  };
  const find = (wanted: number): Endpoint | undefined => endpoints.find((each) => each.port === wanted);

  return {
    url: `http://127.0.0.1:${port}`,
    refused: () => refused,
    watch(watched) {
      const endpoint = { port: watched, ready: false, failures: 0 };
      endpoints.push(endpoint);
      void probe(endpoint);
    },
    async untilReady(wanted, limitMs) {
      const until = performance.now() + limitMs;
      while (find(wanted)?.ready !== true) {
        if (performance.now() > until) throw new Error(`the pod on ${wanted} is not ready after ${limitMs} ms`);
        await pause(probePeriodMs);
      }
    },
    remove(gone) {
      const at = endpoints.findIndex((each) => each.port === gone);
      if (at >= 0) endpoints.splice(at, 1);
    },
    async close() {
      closed = true;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
