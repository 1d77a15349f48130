import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../sandbox/world/createWorld.ts';

const startAt = Date.parse('2026-01-01T00:00:00Z');

function worldWithLog() {
  const world = createWorld({ seed: 1, startAt });
  const ran: string[] = [];
  world.clock.on('note', (payload) => {
    ran.push(String(payload));
  });
  return { world, ran };
}

describe('the virtual clock', () => {
  it('starts where it is told, and goes on at the pace of real time', () => {
    const { world } = worldWithLog();
    expect(world.clock.now() - startAt).toBeLessThan(10_000);
    expect(world.clock.now()).toBeGreaterThanOrEqual(startAt);
  });

  it('never goes back', () => {
    const { world } = worldWithLog();
    world.clock.moveTo(startAt + 10_000);
    world.clock.moveTo(startAt + 5000);
    expect(world.clock.now()).toBeGreaterThanOrEqual(startAt + 10_000);
  });

  it('starts due items in order of time, then of scheduling, each once', async () => {
    const { world, ran } = worldWithLog();
    for (const [seconds, name] of [
      [3, 'c'],
      [1, 'a1'],
      [2, 'b'],
      [1, 'a2'],
    ] as const)
      world.clock.schedule(startAt + seconds * 1000, 'note', name);
    await world.stepper.advance(10_000);
    await world.stepper.advance(10_000);
    expect(ran).toEqual(['a1', 'a2', 'b', 'c']);
  });

  it('starts what is due as real time passes, without an advance', async () => {
    const { world } = worldWithLog();
    const ran = new Promise<number>((resolve) => {
      world.clock.on('soon', (_payload, at) => resolve(world.clock.now() - at));
    });
    world.clock.schedule(world.clock.now() + 20, 'soon', null);
    // The timer does not keep a process alive by itself, and a test waits for it.
    const alive = setInterval(() => {}, 1000);
    expect(await ran).toBeGreaterThanOrEqual(0);
    clearInterval(alive);
  });

  it('lets an item be cancelled until it starts', async () => {
    const { world, ran } = worldWithLog();
    const id = world.clock.schedule(startAt + 1000, 'note', 'never');
    world.clock.schedule(startAt + 2000, 'note', 'kept');
    world.clock.cancel(id);
    await world.stepper.advance(5000);
    world.clock.cancel(id);
    expect(ran).toEqual(['kept']);
  });

  it('goes on when a handler throws or rejects', async () => {
    const { world, ran } = worldWithLog();
    world.clock.on('throws', () => {
      throw new Error('on purpose');
    });
    world.clock.on('rejects', async () => {
      throw new Error('on purpose');
    });
    world.clock.schedule(startAt + 1, 'throws', null);
    world.clock.schedule(startAt + 2, 'rejects', null);
    world.clock.schedule(startAt + 3, 'note', 'after');
    await world.stepper.advance(1000);
    expect(ran).toEqual(['after']);
  });

  it('waits at most 2 s for what an item started, and not again at the next stop', async () => {
    const { world, ran } = worldWithLog();
    world.clock.on('hangs', () => new Promise(() => {}));
    world.clock.schedule(startAt + 1000, 'hangs', null);
    for (const seconds of [2, 3, 4]) world.clock.schedule(startAt + seconds * 1000, 'note', String(seconds));
    const startedMs = performance.now();
    await world.stepper.advance(10_000);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1990);
    // Waited for at each of the five stops, it would be 10 s.
    expect(performance.now() - startedMs).toBeLessThan(8000);
    expect(ran).toEqual(['2', '3', '4']);
  });

  it('waits on for a long row of deliveries, as long as they go out', async () => {
    const { world } = worldWithLog();
    let delivered = 0;
    let turn = Promise.resolve();
    world.clock.on('slowly', () => {
      turn = turn
        .then(() => new Promise((resolve) => setTimeout(resolve, 300)))
        .then(() => {
          delivered += 1;
        });
      return turn;
    });
    for (let i = 0; i < 9; i += 1) world.clock.schedule(startAt + 1000, 'slowly', null);
    await world.stepper.advance(2000);
    expect(delivered).toBe(9);
  });

  it('steps over a hundred thousand items in order, in a moment', async () => {
    const { world } = worldWithLog();
    const at: number[] = [];
    world.clock.on('many', (_payload, moment) => {
      at.push(moment);
    });
    for (let i = 0; i < 100_000; i += 1) world.clock.schedule(startAt + 1000 + ((i * 7919) % 10), 'many', i);
    const startedMs = performance.now();
    await world.stepper.advance(10_000);
    // A step whose cost grows with what is still waiting would take minutes; a busy machine has been seen to need 3.4 s.
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    expect(at).toHaveLength(100_000);
    expect(at.every((moment, index) => moment >= (at[index - 1] ?? 0))).toBe(true);
  });

  it('is the same after a snapshot, agenda and draws included', async () => {
    const { world } = worldWithLog();
    world.clock.moveTo(startAt + 3_600_000);
    world.clock.schedule(startAt + 7_200_000, 'note', 'later');
    world.random.uuid();
    world.random.fork('x').uuid();
    const saved: ReturnType<typeof world.save> = JSON.parse(JSON.stringify(world.save()));
    const again = worldWithLog();
    again.world.restore(saved);
    expect(again.world.clock.now()).toBeGreaterThanOrEqual(startAt + 3_600_000);
    expect(again.world.random.uuid()).toBe(world.random.uuid());
    expect(again.world.random.fork('x').uuid()).toBe(world.random.fork('x').uuid());
    await again.world.stepper.advance(3_600_000);
    expect(again.ran).toEqual(['later']);
  });

  it('forgets its agenda in a reset, and keeps the time', async () => {
    const { world, ran } = worldWithLog();
    world.clock.moveTo(startAt + 3_600_000);
    world.clock.schedule(startAt + 3_700_000, 'note', 'forgotten');
    world.reset();
    await world.stepper.advance(3_600_000);
    expect(ran).toEqual([]);
    expect(world.clock.now()).toBeGreaterThanOrEqual(startAt + 7_200_000);
  });
});

describe('a stopped clock', () => {
  const stoppedWorld = () => createWorld({ seed: 1, startAt, pace: 'stopped' });

  it('starts nothing between advances, not even what is due', async () => {
    const world = stoppedWorld();
    const ran: string[] = [];
    world.clock.on('note', (payload) => {
      ran.push(String(payload));
    });
    world.clock.schedule(startAt, 'note', 'due now');
    // Longer than the timer of a clock that runs would take.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(ran).toEqual([]);
    await world.stepper.advance(1);
    expect(ran).toEqual(['due now']);
  });

  it('takes what comes back from outside in the order in which it was sent out, with all that follows from each', async () => {
    const world = stoppedWorld();
    const replies = Array.from({ length: 4 }, () => Promise.withResolvers<string>());
    const taken: string[] = [];
    world.clock.on('call', async (payload) => {
      const index = Number(payload);
      const reply = await world.clock.inTurn((replies[index] ?? Promise.withResolvers<string>()).promise).catch(() => 'failed');
      taken.push(`${index} ${reply}`);
      await Promise.resolve();
      taken.push(`${index} done`);
    });
    for (const index of [0, 1, 2, 3]) world.clock.schedule(startAt, 'call', index);
    const advanced = world.stepper.advance(1);
    for (const index of [3, 1]) replies[index]?.resolve('answered');
    replies[2]?.reject(new Error('on purpose'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toEqual([]);
    replies[0]?.resolve('answered');
    await advanced;
    expect(taken).toEqual(['0 answered', '0 done', '1 answered', '1 done', '2 failed', '2 done', '3 answered', '3 done']);
  });

  it('and one that runs takes it as it comes', async () => {
    const world = createWorld({ seed: 1, startAt });
    void world.clock.inTurn(new Promise(() => {}));
    expect(await world.clock.inTurn(Promise.resolve('at once'))).toBe('at once');
  });
});
