import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { InputError } from '../../../sandbox/world/inputError.ts';
import { brokenInvariants } from './invariants.ts';
import { type Answer, accountToken, type PostmarkWorld, startAt, startPostmark } from './postmarkWorld.ts';
import { type ApiCall, type Step, step } from './randomTraffic.ts';

/** A fifth of a second a run: enough to meet every endpoint many times. */
const runs = 40;
const stepsMax = 60;

/** Which part of the saved state holds the things that a path is about. */
const parts: Readonly<Record<string, readonly string[]>> = {
  servers: ['servers'],
  domains: ['domains'],
  senders: ['senders'],
  templates: ['templates'],
  webhooks: ['webhooks'],
  bounces: ['bounces'],
  messages: ['messages', 'inbound'],
  triggers: ['inboundRules'],
  email: ['bulk'],
  'data-removals': ['dataRemovals'],
  'message-streams': ['servers'],
};

function idsOf(postmark: PostmarkWorld, names: readonly string[]): string[] {
  const saved = Object(postmark.room.save());
  const text = JSON.stringify(names.map((name) => saved[name]));
  return [...text.matchAll(/"(?:id|ID|TemplateId)":(?:"([^"]+)"|(\d+))/g)].map(([, word, number]) => word ?? number ?? '');
}

const newest = (ids: readonly string[], n: number): string => ids[ids.length - 1 - n] ?? ids[0] ?? 'none';

type Run = { postmark: PostmarkWorld; server: string; manual: Set<string> };

const tokensOf = ({ token, needs }: ApiCall, { server }: Run): { account?: string; server?: string } => {
  switch (token) {
    case 'own':
      return needs === 'account' ? { account: accountToken } : { server };
    case 'wrong':
      return needs === 'account' ? { account: 'x' } : { server: 'x' };
    case 'both':
      return { account: accountToken, server };
    case 'test':
      return { server: 'POSTMARK_API_TEST' };
    default:
      return {};
  }
};

function checkShape({ method, path }: ApiCall, answer: Answer): void {
  const where = `${method} ${path}: ${JSON.stringify(answer.body)}`;
  expect([200, 400, 401, 404, 413, 415, 422, 429], where).toContain(answer.status);
  expect(typeof answer.body, where).toBe('object');
  if (answer.status === 200) return;
  const { ErrorCode, Message } = answer.body as { ErrorCode: unknown; Message: unknown };
  expect([typeof ErrorCode, typeof Message, answer.headers.get('X-PM-ApiErrorCode')], where).toEqual([
    'number',
    'string',
    String(ErrorCode),
  ]);
}

async function makeCall(run: Run, call: ApiCall): Promise<void> {
  const known = idsOf(run.postmark, parts[call.path.split('/')[1] ?? ''] ?? []);
  const path = call.path.replace(/#(\d+)/g, (_match, n) => newest(known, Number(n)));
  const query = call.query === '' ? '' : `?${call.query}`;
  const answer = await run.postmark.call(call.method, `${path}${query}`, { ...tokensOf(call, run), body: call.body });
  checkShape(call, answer);
  if (answer.status === 200 && call.path.endsWith('/suppressions')) run.manual.add(JSON.stringify(call.body).toLowerCase());
}

async function take(run: Run, each: Step): Promise<void> {
  const { room } = run.postmark;
  if (each.kind === 'call') return makeCall(run, each);
  if (each.kind === 'advance') return run.postmark.advanceMinutes(each.minutes);
  try {
    if (each.kind === 'inbound') await room.receive({ server: 10_000_001, from: each.from });
    else room.report({ messageId: newest(idsOf(run.postmark, ['messages']), each.which), type: each.type });
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
  }
}

async function startRun(seed: number): Promise<Run> {
  const postmark = await startPostmark(seed);
  postmark.world.settings.apply({ serverDeletion: true, bulkEnabled: true, dataRemovals: true, webhookTimeoutMs: 200 });
  const { token } = await postmark.newServer('first');
  await postmark.newServer('second');
  await postmark.verifiedDomain();
  return { postmark, server: token, manual: new Set() };
}

it('random traffic over every endpoint is always answered in Postmark’s shape, never with 500, and breaks no invariant', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: stepsMax, size: 'max' }), async (steps) => {
      const run = await startRun(1);
      try {
        for (const each of steps) await take(run, each);
        await run.postmark.settle();
        expect(brokenInvariants(run.postmark, run.manual)).toEqual([]);
      } finally {
        await run.postmark.close();
      }
    }),
    { numRuns: runs },
  );
}, 120_000);

/**
 * Everything there is after the steps, with what is still to happen, as bytes. Real time stands still, so that only the steps move it, and
 * what one caused has happened before the next.
 */
async function stateAfter(steps: readonly Step[]): Promise<string> {
  vi.useFakeTimers({ toFake: ['Date'], now: startAt });
  const run = await startRun(7);
  try {
    for (const each of steps) {
      await take(run, each);
      await run.postmark.settle();
    }
    const { clock, random } = run.postmark.world.save();
    return JSON.stringify({ room: run.postmark.room.save(), clock, random });
  } finally {
    await run.postmark.close();
    vi.useRealTimers();
  }
}

afterEach(() => {
  vi.useRealTimers();
});

it('the same calls with the same seed leave the same world, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: stepsMax, size: 'max' }), async (steps) => {
      expect(await stateAfter(steps)).toBe(await stateAfter(steps));
    }),
    { numRuns: 10 },
  );
}, 120_000);
