/** Plays generated requests against a running product, some side by side, and holds each answer against the contract. */
import type { Known } from './bodies.ts';
import type { Contract } from './contract.ts';
import { drawFrom } from './draw.ts';
import { type GeneratedRequest, generate } from './generate.ts';
import { type WireConnection, wireTo } from './wire.ts';

export type Played = {
  requests: number;
  /** How often each status was answered. */
  statuses: Readonly<Record<string, number>>;
  /** How many answers each route gave, by `METHOD path`. */
  operations: ReadonlyMap<string, number>;
  /** Ids of the jobs that were accepted, batches included. */
  accepted: ReadonlySet<string>;
  problems: readonly string[];
};

type Job = { eId: string };
type Result = { status: number; job?: Job };

/** Beyond this a server may close on a client that goes on sending. */
const answeredUpToBytes = 10_000_000;
/** What may come again. */
const keptMax = 50;
const keptBytesMax = 100_000;
/** So that no run ends in a page of the same. */
const problemsMax = 100;

const shown = ({ method, target, headers, body }: GeneratedRequest): string =>
  `${method} ${target.slice(0, 200)} ${JSON.stringify(headers.filter(([name]) => name !== 'Authorization')).slice(0, 300)} ${body?.toString('utf8').slice(0, 300) ?? ''}`;

const acceptedIn = (operation: string | null, body: string): string[] => {
  if (operation?.startsWith('POST ') !== true) return [];
  const parsed = JSON.parse(body) as { results?: Result[] } & Partial<Job>;
  if (operation.endsWith('/job/batch')) return (parsed.results ?? []).flatMap(({ job }) => (job === undefined ? [] : [job.eId]));
  return /\/job$|\/resend$/.test(operation) && parsed.eId !== undefined ? [parsed.eId] : [];
};

export async function play(
  url: string,
  contract: Contract,
  known: Known,
  { count, seed, connections }: { count: number; seed: number; connections: number },
  onProgress: (done: number) => void = () => {},
): Promise<Played> {
  const draw = drawFrom(seed);
  const [statuses, operations, accepted, problems]: [Map<string, number>, Map<string, number>, Set<string>, string[]] = [
    new Map(),
    new Map(),
    new Set(),
    [],
  ];
  const counted = (of: Map<string, number>, key: string): void => {
    of.set(key, (of.get(key) ?? 0) + 1);
  };
  let [made, done] = [0, 0];
  const usedKeys: string[] = [];
  // Some come twice, with another message.
  const keys = (): string => {
    if (usedKeys.length > 0 && draw.chance(0.03)) return draw.pick(usedKeys);
    const key = `k-${seed}-${made}-${draw.int(1e9)}`;
    usedKeys[usedKeys.length < keptMax ? usedKeys.length : draw.int(keptMax)] = key;
    return key;
  };
  const kept: GeneratedRequest[] = [];
  // Some requests come twice as they are: replays, and whatever else a caller repeats.
  const next = (): GeneratedRequest => {
    if (kept.length > 0 && draw.chance(0.03)) return draw.pick(kept);
    const request = generate(draw, known, keys);
    if ((request.body?.length ?? 0) < keptBytesMax) kept[kept.length < keptMax ? kept.length : draw.int(keptMax)] = request;
    return request;
  };

  const one = async (request: GeneratedRequest, before: GeneratedRequest | null, ask: WireConnection['ask']): Promise<void> => {
    const operation = contract.operationOf(request.method, request.target);
    const answer = await ask(request);
    if (answer === null) {
      counted(statuses, 'closed');
      if ((request.body?.length ?? 0) <= answeredUpToBytes)
        problems.push(`closed without an answer: ${shown(request)}, after ${before === null ? 'nothing' : shown(before)}`);
      return;
    }
    counted(statuses, String(answer.status));
    counted(operations, operation ?? 'no route');
    const fault = contract.faultOf(operation, answer);
    if (fault !== null) problems.push(`${fault}: ${shown(request)} was answered ${answer.status} ${answer.body.slice(0, 300)}`);
    else if (answer.status < 300)
      for (const eId of acceptedIn(operation, answer.body)) {
        accepted.add(eId);
        known.jobs.push(eId);
      }
  };
  const connection = async (): Promise<void> => {
    const wire = wireTo(url);
    let before: GeneratedRequest | null = null;
    try {
      while (made < count && problems.length < problemsMax) {
        made += 1;
        const request = next();
        await one(request, before, wire.ask).catch((error: unknown) => problems.push(`${String(error)}: ${shown(request)}`));
        before = request;
        done += 1;
        onProgress(done);
      }
    } finally {
      wire.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, connection));
  return { requests: done, statuses: Object.fromEntries([...statuses].toSorted()), operations, accepted, problems };
}
