import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClockWatcher, type Due, type Line, nothingDue, watchClock } from '../support/clockWatcher.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const { control } = sandbox.addresses;
const [second, minute, hour] = [1000, 60_000, 3_600_000];

const watchers: ClockWatcher[] = [];

async function watch(settle: (line: Line) => Due | null | Promise<Due | null>): Promise<ClockWatcher> {
  const watcher = await watchClock(control, settle);
  watchers.push(watcher);
  return watcher;
}

const advance = async (seconds: number) => (await sandbox.post('/clock/advance', { seconds })).body;

/** Times of the steps relative to the first, to the nearest minute: real time goes on meanwhile, and slowly where others are at work. */
const stops = (lines: readonly Line[], startMs: number, unitMs = minute): number[] =>
  lines.map((line) => Math.round((line.nowMs - startMs) / unitMs));

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

afterEach(() => {
  for (const watcher of watchers.splice(0)) watcher.close();
});

describe('a watcher', () => {
  it('is told who it is and what time it is, at once', async () => {
    const { first } = await watch(() => nothingDue);
    expect(first).toEqual({
      watcher: expect.stringMatching(/^w\d+$/),
      seq: expect.any(Number),
      nowMs: expect.any(Number),
      offsetMs: sandbox.world.clock.offsetMs(),
    });
    expect(Math.abs(Date.now() + first.offsetMs - first.nowMs)).toBeLessThan(10_000);
  });

  it('settles once before anything moves, and once at the target', async () => {
    const watcher = await watch(() => nothingDue);
    const { offsetMs } = watcher.first;
    const answer = await advance(90 * 60);
    expect(watcher.lines.map((line) => Math.round((line.offsetMs - offsetMs) / minute))).toEqual([0, 90]);
    expect(watcher.lines.every((line) => line.settle === true)).toBe(true);
    expect(answer['steps']).toBe(2);
    expect(Date.parse(String(answer['now']))).toBeGreaterThanOrEqual((watcher.lines[1]?.nowMs ?? 0) - 1);
  });

  it('is stepped at exactly the moments it names, in order', async () => {
    let startMs = 0;
    const rungs = [10, 70, 370];
    const watcher = await watch((line) => {
      startMs ||= line.nowMs;
      const passed = rungs.filter((rung) => startMs + rung * minute <= line.nowMs).length;
      const next = rungs[passed];
      return { exactMs: next === undefined ? null : startMs + next * minute, pollMs: null };
    });
    await advance(3600 * 60);
    expect(stops(watcher.lines, startMs)).toEqual([0, 10, 70, 370, 3600]);
    for (const [index, rung] of rungs.entries()) expect(watcher.lines[index + 1]?.nowMs).toBeGreaterThanOrEqual(startMs + rung * minute);
  });

  it('polls at its own times in a short advance', async () => {
    let startMs = 0;
    const watcher = await watch((line) => {
      startMs ||= line.nowMs;
      return { exactMs: null, pollMs: line.nowMs + 30 * minute };
    });
    await advance(120 * 60);
    expect(stops(watcher.lines, startMs)).toEqual([0, 30, 60, 90, 120]);
  });

  it('is not asked 2,880 times in a day of looks every 30 s, and a day passes in a moment', async () => {
    let startMs = 0;
    const watcher = await watch((line) => {
      startMs ||= line.nowMs;
      return { exactMs: null, pollMs: line.nowMs + 30 * second };
    });
    const startedMs = performance.now();
    await advance(86_400);
    // Some 40 ms for its 17 stops; how long a busy machine takes is no matter, as long as it is not one stop for each look.
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect(watcher.lines.length).toBeLessThanOrEqual(34);
    expect(stops(watcher.lines, startMs, hour).at(-1)).toBe(24);
  });

  it('that says it has work due already is asked again at the same stop', async () => {
    const answers: Due[] = [nothingDue, { exactMs: 1, pollMs: null }, { exactMs: 2, pollMs: null }];
    const watcher = await watch(() => answers.shift() ?? nothingDue);
    await advance(10 * 60);
    expect(stops(watcher.lines, watcher.lines[0]?.nowMs ?? 0)).toEqual([0, 10, 10, 10]);
  });

  it('that is stuck in the past is asked 50 times a stop and does not hold time back', async () => {
    const watcher = await watch(() => ({ exactMs: 1, pollMs: 1 }));
    const answer = await advance(10);
    expect(watcher.lines).toHaveLength(100);
    expect(answer['steps']).toBe(2);
  });

  it('that has gone is not waited for', async () => {
    const staying = await watch(() => nothingDue);
    const leaving = await watch((): null => {
      leaving.close();
      return null;
    });
    await advance(10);
    expect(staying.lines).toHaveLength(2);
    expect(leaving.lines).toHaveLength(1);
  });

  it('that does not answer is passed over after 4 s, and then costs 0.2 s a stop', async () => {
    let startMs = 0;
    const answering = await watch((line) => {
      startMs ||= line.nowMs;
      return { exactMs: null, pollMs: line.nowMs + hour };
    });
    await watch(() => null);
    const startedMs = performance.now();
    await advance(6 * 3600);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(3900);
    // Seven stops: waited for at each, it would cost 28 s.
    expect(tookMs).toBeLessThan(16_000);
    expect(stops(answering.lines, startMs, hour).at(-1)).toBe(6);
  });

  it('that answers for a name nobody has is told to watch again', async () => {
    const answer = await sandbox.post('/clock/settled', { watcher: 'w0', seq: 1, exactMs: null, pollMs: null });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining('open GET /clock/watch again') } });
  });
});

describe('an advance', () => {
  it('steps over the agenda and the watchers together, in order of time', async () => {
    const seen: string[] = [];
    let startMs = 0;
    sandbox.world.clock.on('test-item', (payload) => {
      seen.push(`item ${payload}`);
    });
    await watch((line) => {
      startMs ||= line.nowMs;
      seen.push(`step ${Math.round((line.nowMs - startMs) / minute)}`);
      return { exactMs: startMs + 2 * minute > line.nowMs ? startMs + 2 * minute : null, pollMs: null };
    });
    const now = sandbox.world.clock.now();
    sandbox.world.clock.schedule(now + 3 * minute, 'test-item', 'three');
    sandbox.world.clock.schedule(now + minute, 'test-item', 'one');
    await advance(240);
    // Each stop is told again when an item ran at it, since the item may have caused work.
    expect(seen.filter((entry, index) => seen[index - 1] !== entry)).toEqual([
      'step 0',
      'item one',
      'step 1',
      'step 2',
      'item three',
      'step 3',
      'step 4',
    ]);
  });

  it('waits for what the agenda started, and settles once more for what it caused', async () => {
    const events: string[] = [];
    sandbox.world.clock.on('test-delivery', async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      events.push('delivered');
    });
    await watch(() => {
      events.push('settled');
      return nothingDue;
    });
    sandbox.world.clock.schedule(sandbox.world.clock.now() + minute, 'test-delivery', null);
    await advance(60);
    expect(events.slice(0, 3)).toEqual(['settled', 'delivered', 'settled']);
    // On a busy machine the target is a stop of its own: real time went on between the call to schedule and the advance.
    expect(events.slice(3).filter((event) => event !== 'settled')).toEqual([]);
  });

  it('repeats the round when a service caused an item that is due', async () => {
    const events: string[] = [];
    sandbox.world.clock.on('test-caused', () => {
      events.push('caused');
    });
    await watch((line) => {
      if (events.length === 1) sandbox.world.clock.schedule(line.nowMs, 'test-caused', null);
      events.push('settled');
      return nothingDue;
    });
    await advance(60);
    expect(events).toEqual(['settled', 'settled', 'caused', 'settled']);
  });

  it('waits its turn behind another', async () => {
    const { offsetMs } = (await watch(() => nothingDue)).first;
    await Promise.all([advance(10 * 60), advance(20 * 60), advance(30 * 60)]);
    expect(Math.round((sandbox.world.clock.offsetMs() - offsetMs) / minute)).toBe(60);
  });

  it('takes fractions of a second', async () => {
    // Real time that passes meanwhile is part of it.
    const [offsetMs, nowMs] = [sandbox.world.clock.offsetMs(), sandbox.world.clock.now()];
    await advance(0.25);
    expect(sandbox.world.clock.now() - nowMs).toBeGreaterThanOrEqual(250);
    expect(sandbox.world.clock.offsetMs() - offsetMs).toBeLessThanOrEqual(250);
  });

  it('needs no watcher at all', async () => {
    const before = sandbox.world.clock.now();
    await advance(3600);
    expect(sandbox.world.clock.now() - before).toBeGreaterThanOrEqual(hour);
  });
});
