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
    expect(world.clock.now() - startAt).toBeLessThan(1000);
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

  it('waits at most 2 s for what an item started', async () => {
    const { world } = worldWithLog();
    world.clock.on('hangs', () => new Promise(() => {}));
    world.clock.schedule(startAt + 1, 'hangs', null);
    const startedMs = performance.now();
    await world.stepper.advance(0.5);
    expect(performance.now() - startedMs).toBeLessThan(2500);
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
