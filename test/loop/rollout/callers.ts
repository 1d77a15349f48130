/** Tenants' programs under way: each sends one message after another, over a connection it keeps, or over a new one each time; nobody tries again. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export type Failure = { at: number; what: string };

export type Callers = {
  accepted(): readonly string[];
  failures(): readonly Failure[];
  stop(): Promise<void>;
};

type Sender = { tenant: string; eId: string };
type Wanted = { url: string; apiKey: string; senders: readonly Sender[]; keptConnections: number; newConnections: number };

/** Between two messages of one caller: enough of them to have one under way at any moment of a stop, and few enough for two cores. */
const betweenMs = 80;

export function startCallers({ url, apiKey, senders, keptConnections, newConnections }: Wanted): Callers {
  const accepted: string[] = [];
  const failures: Failure[] = [];
  let stopped = false;
  let count = 0;

  const send = (agent: Agent, { tenant, eId }: Sender): Promise<void> =>
    new Promise((resolve) => {
      count += 1;
      const body = JSON.stringify({
        configurationEId: eId,
        recipient: `reader${count}@example.com`,
        subject: 'Hello',
        textBody: 'Hi there',
      });
      const headers = {
        authorization: `Bearer ${apiKey}`,
        'x-tenant-id': tenant,
        'x-author': 'rollout',
        'idempotency-key': `rollout-${count}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // Some wait for their message to leave, and so hold their connection for longer.
        ...(count % 5 === 0 ? { prefer: 'wait=2' } : {}),
      };
      const fail = (what: string): void => {
        failures.push({ at: performance.now(), what });
        resolve();
      };
      const call = request(`${url}/v1/shop-access/email/job`, { method: 'POST', agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', (error) => fail(`the answer was cut: ${error.message}`));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (answer.statusCode !== 202 && answer.statusCode !== 200) return fail(`${answer.statusCode}: ${text}`);
          accepted.push((JSON.parse(text) as { eId: string }).eId);
          resolve();
        });
      });
      call.on('error', (error) => fail(`no answer: ${error.message}`));
      call.end(body);
    });

  const caller = async (keepAlive: boolean, sender: Sender | undefined): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!stopped && sender !== undefined) {
      await send(agent, sender);
      await pause(betweenMs);
    }
    agent.destroy();
  };
  const callers = Array.from({ length: keptConnections + newConnections }, (_, index) =>
    caller(index < keptConnections, senders[index % senders.length]),
  );
  return {
    accepted: () => accepted,
    failures: () => failures,
    async stop() {
      stopped = true;
      await Promise.all(callers);
    },
  };
}
