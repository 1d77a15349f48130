/**
 * How much mail the sandbox takes, and how long it takes to start: `node sandbox/bench.ts [--seconds 5]`.
 *
 * Guarantee: the sandbox runs in a process of its own, as it does for whoever uses it, with this client on the same machine; the mail is small,
 * has metadata and is delivered by itself; nobody listens to webhooks. The numbers are what a caller sees: answers with ErrorCode 0 a second.
 * A start is from the first instruction of its process to the line that says that everything answers, Node's own start included.
 * The goals are 5,000 a second in batches of 500, and 1,000 a second one by one, on two cores, and a start in under a second, at best of
 * `starts`. Ends with 1 when one is missed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listeners } from './listeners.ts';

type Ready = { addresses: Record<string, string>; accountToken: string };
type Target = { postmark: string; token: string };

const goals = { batches: 5000, singles: 1000, startMs: 1000 } as const;
/** A busy machine slows any one of them down. */
const starts = 3;
const batchSize = 500;
const from = 'bench@bench.example';
/** As many as Postroute has under way at once. */
const concurrency = { batches: 4, singles: 32 } as const;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

async function post(url: string, body: string, headers: Record<string, string>): Promise<string> {
  const outgoing = request(url, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
  });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  if (response.statusCode !== 200) throw new Error(`POST ${url} answered ${response.statusCode}: ${text}`);
  return text;
}

async function startProcess() {
  const spawnedMs = performance.now();
  const ports = Object.keys(listeners).flatMap((name) => [`--${name}-port`, '0']);
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url)), ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  const ready: Ready = JSON.parse(String(line));
  return { child, ready, startMs: performance.now() - spawnedMs };
}

async function quickestStart(): Promise<number> {
  const taken: number[] = [];
  while (taken.length < starts) {
    const { child, startMs } = await startProcess();
    child.kill('SIGTERM');
    await once(child, 'exit');
    taken.push(startMs);
  }
  return Math.min(...taken);
}

/** A server, and a signature to send from. */
async function prepare({ addresses, accountToken }: Ready): Promise<Target> {
  const postmark = addresses['postmark'] ?? '';
  const account = { 'X-Postmark-Account-Token': accountToken };
  await post(`${postmark}/senders`, JSON.stringify({ FromEmail: from, Name: 'Bench' }), account);
  await post(`${addresses['control']}/postmark/sender/confirm`, JSON.stringify({ email: from }), {});
  const server: { ApiTokens: string[] } = JSON.parse(await post(`${postmark}/servers`, JSON.stringify({ Name: 'bench' }), account));
  return { postmark, token: server.ApiTokens[0] ?? '' };
}

const mail = (n: number) => ({
  From: from,
  To: `r${n}@example.com`,
  Subject: `Message ${n}`,
  HtmlBody: `<p>Dear reader ${n}</p>`,
  TextBody: `Dear reader ${n}`,
  Tag: 'bench',
  Metadata: { jobId: `job-${n}`, requestId: `request-${n}` },
});

/** Messages accepted a second, by as many callers as `callers`, each with one call after the other. */
async function measured(callers: number, seconds: number, send: (n: number) => Promise<number>): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let accepted = 0;
  let sent = 0;
  const caller = async () => {
    while (performance.now() < endMs) {
      sent += 1;
      // In two steps: `+=` would read the sum before it waits, and lose what the others add meanwhile.
      const taken = await send(sent);
      accepted += taken;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (accepted * 1000) / (performance.now() - startMs);
}

const accepted = (text: string): number => text.match(/"ErrorCode":0/g)?.length ?? 0;

async function measure({ postmark, token }: Target, seconds: number) {
  const headers = { 'X-Postmark-Server-Token': token };
  const batches = await measured(concurrency.batches, seconds, async (n) => {
    const body = JSON.stringify(Array.from({ length: batchSize }, (_, i) => mail(n * batchSize + i)));
    return accepted(await post(`${postmark}/email/batch`, body, headers));
  });
  const singles = await measured(concurrency.singles, seconds, async (n) =>
    accepted(await post(`${postmark}/email`, JSON.stringify(mail(n)), headers)),
  );
  return { batches, singles };
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not '${values.seconds}'`);
const startMs = await quickestStart();
process.stdout.write(`start    ${Math.round(startMs).toString().padStart(7)} ms           (goal below ${goals.startMs})\n`);
if (startMs >= goals.startMs) process.exitCode = 1;
const { child, ready } = await startProcess();
try {
  const target = await prepare(ready);
  await measure(target, 0.5);
  const rates = await measure(target, seconds);
  for (const kind of ['batches', 'singles'] as const) {
    process.stdout.write(`${kind.padEnd(8)} ${Math.round(rates[kind]).toString().padStart(7)} messages/s   (goal ${goals[kind]})\n`);
    if (rates[kind] < goals[kind]) process.exitCode = 1;
  }
} finally {
  agent.destroy();
  child.kill('SIGTERM');
}
