import { describe, expect, it } from 'vitest';
import { createCallLog } from '../../../sandbox/world/callLog.ts';
import { createFaultBook } from '../../../sandbox/world/faultBook.ts';
import { nearestName } from '../../../sandbox/world/nearestName.ts';
import { createSeededRandom } from '../../../sandbox/world/seededRandom.ts';
import { createSettingsRegistry } from '../../../sandbox/world/settingsRegistry.ts';
import type { FaultSpec } from '../../../sandbox/world/world.ts';

const nothing = () => {};

describe('seeded draws', () => {
  it('the same seed draws the same, another seed does not', () => {
    const draw = (seed: number | string) => {
      const random = createSeededRandom(seed);
      return [random.uuid(), random.next(), random.bytes(7).toString('hex'), random.integer(1, 6)];
    };
    expect(draw(7)).toEqual(draw('7'));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('a fork is not disturbed by its neighbours', () => {
    const [quiet, busy] = [createSeededRandom(1), createSeededRandom(1)];
    busy.fork('other').bytes(100);
    busy.uuid();
    expect(busy.fork('mine').uuid()).toBe(quiet.fork('mine').uuid());
  });

  it('a UUID has the layout of version 4', () => {
    const random = createSeededRandom(3);
    for (let i = 0; i < 100; i += 1) expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('integers reach both ends and no further; numbers spread evenly', () => {
    const random = createSeededRandom(5);
    const drawn = Array.from({ length: 6000 }, () => random.integer(1, 6));
    for (const face of [1, 2, 3, 4, 5, 6]) expect(drawn.filter((value) => value === face).length).toBeGreaterThan(850);
    expect(new Set(drawn).size).toBe(6);
  });

  it('begins again after a reset', () => {
    const random = createSeededRandom(1);
    const [root, fork] = [random.uuid(), random.fork('a').uuid()];
    random.reset();
    expect([random.uuid(), random.fork('a').uuid()]).toEqual([root, fork]);
  });
});

describe('the book of faults', () => {
  const book = (...specs: FaultSpec[]) => {
    const faults = createFaultBook(createSeededRandom(1), nothing);
    for (const spec of specs) faults.add(spec);
    return faults;
  };

  it('a counted fault is used up', () => {
    const faults = book({ service: 'kms', kind: 'throttle', times: 2 });
    expect([1, 2, 3].map(() => faults.take('kms', 'Decrypt')?.kind)).toEqual(['throttle', 'throttle', undefined]);
    expect(faults.list()).toEqual([]);
  });

  it('one with neither count nor probability stays until it is cleared', () => {
    const faults = book({ service: 'kms', kind: 'throttle' });
    let cleared = 0;
    faults.onClear(() => {
      cleared += 1;
    });
    for (let i = 0; i < 100; i += 1) expect(faults.take('kms', 'Decrypt')).not.toBeNull();
    faults.clear();
    expect([faults.take('kms', 'Decrypt'), cleared]).toEqual([null, 1]);
  });

  it('meets its service, operation and server only; letter case does not matter', () => {
    const faults = book({ service: 'postmark', operation: 'POST /email', server: 5, kind: 'cut' });
    expect(faults.take('route53', 'POST /email', 5)).toBeNull();
    expect(faults.take('postmark', 'POST /servers', 5)).toBeNull();
    expect(faults.take('postmark', 'POST /email', 6)).toBeNull();
    expect(faults.take('postmark', 'POST /email')).toBeNull();
    expect(faults.take('postmark', 'post /EMAIL', 5)?.kind).toBe('cut');
  });

  it('a probability is drawn from the seed: about as often as it says, and the same each time', () => {
    const met = () => {
      const faults = book({ service: 'kms', kind: 'cut', probability: 0.25 });
      return Array.from({ length: 1000 }, () => faults.take('kms', 'Decrypt') !== null);
    };
    expect(met()).toEqual(met());
    const count = met().filter(Boolean).length;
    expect(count).toBeGreaterThan(200);
    expect(count).toBeLessThan(300);
  });

  it('the first that applies is met, and a second waits behind it', () => {
    const faults = book({ service: 'kms', kind: 'throttle', times: 1 }, { service: 'kms', kind: 'cut', times: 1 });
    expect([faults.take('kms', 'a')?.kind, faults.take('kms', 'a')?.kind]).toEqual(['throttle', 'cut']);
  });
});

describe('settings', () => {
  const registry = () => {
    const settings = createSettingsRegistry(nothing);
    return {
      settings,
      deliver: settings.declare('autoDeliver', true),
      lag: settings.declare('lagMs', 0),
      state: settings.declare<string>('state', 'on', ['on', 'off']),
    };
  };

  it('hold their defaults, change, and go back', () => {
    const { settings, deliver, lag } = registry();
    settings.apply({ autoDeliver: false, lagMs: 7 });
    expect([deliver.value, lag.value]).toEqual([false, 7]);
    settings.reset();
    expect([deliver.value, lag.value]).toEqual([true, 0]);
  });

  it.each([
    [{ autodeliver: false }, "unknown setting 'autodeliver'; did you mean 'autoDeliver'?"],
    [{ autoDeliver: 'no' }, "setting 'autoDeliver' must be a boolean"],
    [{ lagMs: -1 }, "setting 'lagMs' must be a number of at least 0"],
    [{ state: 'broken' }, `setting 'state' must be one of "on", "off"`],
    [{ constructor: 1 }, "unknown setting 'constructor'"],
  ])('%o is refused, and nothing of the request is done', (change, message) => {
    const { settings, lag } = registry();
    expect(() => settings.apply({ lagMs: 5, ...change })).toThrow(message);
    expect(lag.value).toBe(0);
  });
});

describe('the call log', () => {
  it('counts by name, in the order of names, whatever the name is', () => {
    const calls = createCallLog(() => 0);
    for (const operation of ['b', 'a', 'b', 'constructor', '__proto__']) calls.count('kms', operation);
    expect(JSON.stringify(calls.counts().kms)).toBe('{"__proto__":1,"a":1,"b":2,"constructor":1}');
    calls.reset();
    expect(calls.counts().kms).toEqual({});
  });
});

describe('suggestions', () => {
  it.each([
    ['autodeliver', 'autoDeliver'],
    ['insyncMS', 'insyncMs'],
    ['tims', 'times'],
    ['completelyElse', null],
  ])('%s → %s', (name, meant) => {
    expect(nearestName(name, ['autoDeliver', 'insyncMs', 'times', 'server'])).toBe(meant);
  });
});
