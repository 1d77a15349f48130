/** A loop does what is due, one pass at a time, and its hints are only hints. */
import { describe, expect, test } from 'vitest';
import { lanes } from '../../service/work/lanes.ts';
import { leftovers } from '../../service/work/leftovers.ts';
import { loop } from '../../service/work/loop.ts';

/** Longer than any test: a poll that comes by itself would hide a lost hint. */
const neverMs = 3_600_000;

/** A pass whose end the test decides. */
const passes = () => {
  const begun: { end: (done?: number) => void; fail: (error: Error) => void }[] = [];
  const waiting: (() => void)[] = [];
  return {
    pass: () =>
      new Promise<number>((resolve, reject) => {
        begun.push({ end: (done = 0) => resolve(done), fail: reject });
        for (const tell of waiting.splice(0)) tell();
      }),
    get count() {
      return begun.length;
    },
    /** The n-th pass, from 1, once it has begun. */
    async nth(n: number) {
      while (begun.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
      const one = begun[n - 1];
      if (one === undefined) throw new Error('no such pass');
      return one;
    },
  };
};
/** Every promise that can go on has gone on. */
const quiet = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await new Promise<void>((resolve) => setImmediate(resolve));
};
const noTrouble = (error: unknown): never => {
  throw error;
};

describe('a loop', () => {
  test('looks again at once while there is something to do, and rests when there is not', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    (await each.nth(1)).end(3);
    (await each.nth(2)).end(0);
    await quiet();
    expect(each.count).toBe(2);
    await one.stop();
  });

  test('wakes from its rest, and many hints are one', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    (await each.nth(1)).end();
    await quiet();
    for (let n = 0; n < 5; n += 1) one.wake();
    (await each.nth(2)).end();
    await quiet();
    expect(each.count).toBe(2);
    await one.stop();
  });

  test('never runs two passes at the same time, and a hint during one makes one more', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    const first = await each.nth(1);
    one.wake();
    one.wake();
    await quiet();
    expect(each.count).toBe(1);
    first.end();
    (await each.nth(2)).end();
    await quiet();
    expect(each.count).toBe(2);
    await one.stop();
  });

  test('outlives a pass that throws, and tells of it', async () => {
    const each = passes();
    const told: unknown[] = [];
    const one = loop(each.pass, neverMs, (error) => told.push(error));
    one.start();
    const fault = new Error('the database is away');
    (await each.nth(1)).fail(fault);
    await quiet();
    one.wake();
    (await each.nth(2)).end();
    expect(told).toEqual([fault]);
    await one.stop();
  });

  test('looks by itself after its poll', async () => {
    const each = passes();
    const one = loop(each.pass, 1, noTrouble);
    one.start();
    (await each.nth(1)).end();
    (await each.nth(2)).end();
    const third = await each.nth(3);
    const stopped = one.stop();
    third.end();
    await stopped;
  });

  test('that gathers begins its passes apart, however many hints there are, and follows the first hint after a quiet spell at once', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble, { gatherMs: neverMs });
    one.start();
    (await each.nth(1)).end(3);
    one.wake();
    await quiet();
    one.wake();
    await quiet();
    expect(each.count).toBe(1);
    await one.stop();

    const rested = loop(each.pass, neverMs, noTrouble, { gatherMs: 1 });
    rested.start();
    (await each.nth(2)).end(0);
    for (const from = performance.now(); performance.now() - from < 1; ) await quiet();
    rested.wake();
    await quiet();
    expect(each.count).toBe(3);
    (await each.nth(3)).end(0);
    await rested.stop();
  });

  test('begins nothing after its stop, also when it was about to', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    (await each.nth(1)).end(1);
    // The pass has ended, and the next turn is already on its way.
    for (let n = 0; n < 10; n += 1) await Promise.resolve();
    await one.stop();
    await quiet();
    expect(each.count).toBe(1);
  });

  test('is stopped only when the pass under way is over', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    const first = await each.nth(1);
    let stopped = false;
    const stopping = one.stop().then(() => {
      stopped = true;
    });
    await quiet();
    expect(stopped).toBe(false);
    first.end(1);
    await stopping;
    await quiet();
    expect(each.count).toBe(1);
  });
});

describe('settling', () => {
  test('while a pass is under way waits for another that began after it was asked', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    const first = await each.nth(1);
    let settled = false;
    const settling = one.settle().then(() => {
      settled = true;
    });
    first.end(0);
    const second = await each.nth(2);
    await quiet();
    expect(settled).toBe(false);
    second.end(0);
    await settling;
    await one.stop();
  });

  test('goes on until a pass finds nothing', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    (await each.nth(1)).end();
    await quiet();
    const settling = one.settle();
    (await each.nth(2)).end(2);
    (await each.nth(3)).end(1);
    (await each.nth(4)).end(0);
    await settling;
    expect(each.count).toBe(4);
    await one.stop();
  });

  test('does not swallow a hint that comes during its pass', async () => {
    const each = passes();
    const one = loop(each.pass, neverMs, noTrouble);
    one.start();
    (await each.nth(1)).end();
    await quiet();
    const settling = one.settle();
    const second = await each.nth(2);
    // What is hinted at may have come after this pass looked.
    one.wake();
    await quiet();
    second.end(0);
    await settling;
    (await each.nth(3)).end();
    await one.stop();
  });

  test('of a loop that is not running is done', async () => {
    const each = passes();
    await loop(each.pass, neverMs, noTrouble).settle();
    expect(each.count).toBe(0);
  });

  test('waits for the work that a pass began', async () => {
    const open = lanes(2, () => {}, noTrouble);
    const work = Promise.withResolvers<number>();
    let begun = 0;
    const one = loop(
      async () => {
        begun += 1;
        if (begun > 1) return 0;
        open.begin(work.promise);
        return 1;
      },
      neverMs,
      noTrouble,
      { lanes: open },
    );
    one.start();
    await quiet();
    let settled = false;
    const settling = one.settle().then(() => {
      settled = true;
    });
    await quiet();
    expect(settled).toBe(false);
    work.resolve(0);
    await settling;
    await one.stop();
  });
});

describe('lanes', () => {
  test('are as many as there are, and one that becomes free is told of', async () => {
    let freed = 0;
    const told: unknown[] = [];
    const open = lanes(
      2,
      () => (freed += 1),
      (error) => told.push(error),
    );
    const [a, b] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    open.begin(a.promise);
    open.begin(b.promise);
    expect(open.free()).toBe(0);
    a.resolve(3);
    await quiet();
    expect([open.free(), freed, open.done()]).toEqual([1, 1, 3]);
    b.reject(new Error('work that fails'));
    await open.idle();
    expect([open.free(), open.done(), told]).toEqual([2, 3, [new Error('work that fails')]]);
  });
});

describe('what could not be given back', () => {
  test('is tried again until it is, and then no more', async () => {
    const kept = leftovers();
    let away = true;
    let tries = 0;
    kept.keep(async () => {
      tries += 1;
      if (away) throw new Error('away');
    });
    kept.keep(async () => {});
    expect(await kept.pass()).toBe(1);
    expect(await kept.pass()).toBe(0);
    away = false;
    expect(await kept.pass()).toBe(1);
    expect(await kept.pass()).toBe(0);
    expect(tries).toBe(3);
  });
});
