/** A job's status as a fold over its events by when they happened: no order and no repetition of arrival changes it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProviderEvent, project } from '../../../service/core/job/projection.ts';
import { later } from '../../support/configurationBuilder.ts';

const at = (kind: ProviderEvent['kind'], second: number): ProviderEvent => ({ kind, occurredAt: later(second) });

test.each<[string, ProviderEvent[], string | null, number | null]>([
  ['nothing says nothing', [], null, null],
  ['delivered', [at('delivered', 1)], 'DELIVERED', 1],
  ['delivered twice: the first counts', [at('delivered', 3), at('delivered', 1)], 'DELIVERED', 1],
  ['bounced', [at('bounced', 1)], 'BOUNCED', null],
  ['complained', [at('complained', 1)], 'COMPLAINED', null],
  ['delivered, then bounced', [at('delivered', 1), at('bounced', 2)], 'BOUNCED', 1],
  ['delivered, then complained', [at('delivered', 1), at('complained', 2)], 'COMPLAINED', 1],
  ['a complaint outranks a bounce', [at('complained', 1), at('bounced', 2)], 'COMPLAINED', null],
  ['at the same moment nothing contradicts', [at('bounced', 1), at('delivered', 1)], 'BOUNCED', 1],
  ['delivered after a bounce', [at('bounced', 1), at('delivered', 2)], 'INCONSISTENT', 2],
  ['delivered after a complaint', [at('complained', 1), at('delivered', 2)], 'INCONSISTENT', 2],
  ['delivered before and after a bounce', [at('delivered', 1), at('bounced', 2), at('delivered', 3)], 'INCONSISTENT', 1],
])('%s', (_name, events, status, deliveredAt) => {
  const projection = project(events);
  expect(projection).toEqual(status === null ? null : { status, deliveredAt: deliveredAt === null ? null : later(deliveredAt) });
});

describe('any arrival', () => {
  const event = fc.record({
    kind: fc.constantFrom<ProviderEvent['kind']>('delivered', 'bounced', 'complained'),
    occurredAt: fc.integer({ min: 0, max: 4 }).map((second) => later(second)),
  });
  const arrivals = fc.array(event, { minLength: 1, maxLength: 6 }).chain((events) =>
    fc.tuple(
      fc.constant(events),
      // Every event at least once, some again, in any order.
      fc
        .array(fc.nat({ max: events.length - 1 }), { maxLength: 6 })
        .map((again) => [...events, ...again.flatMap((index) => events[index] ?? [])])
        .chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
    ),
  );
  test('ends in the same status', () => {
    fc.assert(
      fc.property(arrivals, ([events, arrived]) => {
        expect(project(arrived)).toEqual(project(events));
      }),
      { numRuns: 500 },
    );
  });
  test('is inconsistent exactly when a delivery happened after a bounce or a complaint', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 6 }), (events) => {
        const contradicts = events.some(
          (one) => one.kind === 'delivered' && events.some((other) => other.kind !== 'delivered' && other.occurredAt < one.occurredAt),
        );
        return (project(events)?.status === 'INCONSISTENT') === contradicts;
      }),
      { numRuns: 500 },
    );
  });
});
