/**
 * The wire of the sandbox's clock: reads `GET /clock/watch` line by line, one at a time, and answers each step with `POST /clock/settled`.
 * It uses node:http because `fetch` ends a silent stream after five minutes, and this one is silent whenever nobody advances time.
 * A step that cannot be settled is answered all the same, with nothing due: an advance must not hang on one faulty replica.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { z } from 'zod';

export type ClockStep = { seq: number; offsetMs: number; settle: boolean };
export type Settled = { exactMs: number | null; pollMs: number | null };

export type ClockStepsOptions = {
  onStep: (step: ClockStep) => Promise<Settled | null>;
  onFault: (error: unknown) => void;
};

/** Long enough not to spin while the sandbox restarts, short enough that an advance right after it is not missed. */
const reconnectMs = 100;

const wireLine = z.object({ watcher: z.string().optional(), seq: z.int(), offsetMs: z.number(), settle: z.boolean().default(false) });

export function clockSteps(controlUrl: string, { onStep, onFault }: ClockStepsOptions): { close(): void } {
  let closed = false;
  let watching: ClientRequest | null = null;
  let again: NodeJS.Timeout | null = null;

  const settled = async (step: z.output<typeof wireLine>): Promise<Settled | null> => {
    try {
      return await onStep(step);
    } catch (error) {
      onFault(error);
      return step.settle ? { exactMs: null, pollMs: null } : null;
    }
  };

  const watch = async (): Promise<void> => {
    const stream = await open(`${controlUrl}/clock/watch`, (started) => {
      watching = started;
      if (closed) started.destroy();
    });
    let watcher = '';
    // One line at a time: a step is settled and answered before the next is looked at.
    for await (const line of lines(stream)) {
      const step = wireLine.parse(JSON.parse(line));
      watcher = step.watcher ?? watcher;
      const answer = await settled(step);
      if (answer !== null && !closed) await post(`${controlUrl}/clock/settled`, { watcher, seq: step.seq, ...answer });
    }
  };

  const keepWatching = async (): Promise<void> => {
    try {
      await watch();
    } catch (error) {
      if (!closed) onFault(error);
    }
    if (!closed) again = setTimeout(() => void keepWatching(), reconnectMs);
  };

  void keepWatching();
  return {
    close() {
      closed = true;
      if (again !== null) clearTimeout(again);
      watching?.destroy();
    },
  };
}

async function* lines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const parts = `${rest}${String(chunk)}`.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') yield part;
  }
}

function open(url: string, onStart: (started: ClientRequest) => void): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const started = request(url, { agent: false, headers: { accept: 'application/x-ndjson' } }, (response) => {
      // The stream may fail while nobody reads it: between two lines, or after a line that was none.
      response.on('error', () => undefined);
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`${url} answered ${response.statusCode}`));
    });
    started.on('error', reject);
    started.on('socket', (socket) => socket.setKeepAlive(true, 10_000));
    started.end();
    onStart(started);
  });
}

async function post(url: string, body: Record<string, unknown>): Promise<void> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
