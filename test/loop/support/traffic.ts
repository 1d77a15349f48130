/**
 * Constant mail of many tenants, while something else happens: each message once by its key, whichever replica answers, and with the operator key of the
 * moment. What is accepted is remembered, so that afterwards each can be asked after.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { operatorClient } from '../../support/apiClient.ts';

export type Sender = { tenant: string; eId: string };

export type Traffic = {
  accepted(): readonly string[];
  /** Answers other than 202 and 200, in words. */
  refusals(): readonly string[];
  /** Begins nothing more, and resolves when what is under way has been answered. */
  stop(): Promise<void>;
};

type Options = {
  services: readonly string[];
  senders: readonly Sender[];
  /** Asked for each message. */
  key: () => string;
  /** Messages under way at once. */
  atOnce?: number;
  /** Between two messages of one lane. */
  restMs?: number;
};

export const traffic = ({ services, senders, key, atOnce = 4, restMs = 20 }: Options): Traffic => {
  const accepted: string[] = [];
  const refusals: string[] = [];
  let stopped = false;
  let count = 0;

  /** A replica may die under the request: then the next one is asked, with the same idempotency key. */
  const send = async (n: number): Promise<void> => {
    const sender = senders[n % senders.length];
    if (sender === undefined) return;
    const body = { configurationEId: sender.eId, recipient: `r${n}@example.com`, subject: `Message ${n}`, textBody: 'Hello' };
    const headers = { 'Idempotency-Key': `traffic-${n}` };
    for (let turn = n; ; turn += 1) {
      const api = operatorClient(services[turn % services.length] ?? '', key());
      const answer = await api.call('POST', '/job', { tenant: sender.tenant, headers, body }).catch(() => null);
      if (answer === null) {
        await pause(restMs);
        continue;
      }
      const { status, body: told } = answer;
      if (status === 202 || status === 200) accepted.push((told as { eId: string }).eId);
      // A replica that stops says so, and asks to be asked again.
      else if (status === 503) continue;
      else refusals.push(`${status} ${JSON.stringify(told)}`);
      return;
    }
  };

  const lane = async (): Promise<void> => {
    while (!stopped) {
      count += 1;
      await send(count);
      await pause(restMs);
    }
  };
  const lanes = Array.from({ length: atOnce }, lane);
  return {
    accepted: () => accepted,
    refusals: () => refusals,
    async stop() {
      stopped = true;
      await Promise.all(lanes);
    },
  };
};
