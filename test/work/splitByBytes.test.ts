/** One batch call takes 50 MB as it goes over the wire; a call beyond that is refused for all of its messages. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobPayload } from '../../service/core/job/records.ts';
import { wireMessage } from '../../service/ports/postmarkSend.ts';
import { splitByBytes } from '../../service/work/splitByBytes.ts';
import { payloadOf } from '../support/acceptJobs.ts';

const kibi = 1024;
const message = (given: Partial<JobPayload> = {}) => ({ payload: payloadOf('bob@example.com', given) });

/** What Postmark is sent for these messages, with names as long as they may be. */
const wireBytes = (batch: readonly { payload: JobPayload }[]): number =>
  Buffer.byteLength(
    JSON.stringify(
      batch.map(({ payload }) =>
        wireMessage({
          ...payload,
          from: `"${'x'.repeat(255)}" <${'a'.repeat(64)}@${'b'.repeat(180)}>`,
          to: 'r'.repeat(254),
          replyTo: payload.replyToEmail,
          metadata: { ...payload.metadata, jobId: 'j'.repeat(36), requestId: 'r'.repeat(80) },
        }),
      ),
    ),
  );

test('small messages stay together, in their order', () => {
  const messages = Array.from({ length: 500 }, (_, n) => message({ subject: String(n) }));
  expect(splitByBytes(messages)).toEqual([messages]);
});

test('no message is none', () => expect(splitByBytes([])).toEqual([]));

test('a message that is larger than a batch goes alone', () => {
  const [small, large] = [message(), message({ textBody: 'x'.repeat(4000) })];
  expect(splitByBytes([small, large, small], 4000)).toEqual([[small], [large], [small]]);
});

test('the limit is 50 MB: nine bodies of five fit with what surrounds them, and ten do not', () => {
  const one = message({ textBody: 'x'.repeat(5_000_000) });
  expect(splitByBytes(Array.from({ length: 12 }, () => one)).map((batch) => batch.length)).toEqual([9, 3]);
});

describe.each([
  ['plain text', 'x'.repeat(64 * kibi)],
  ['quotes, which are escaped', '"'.repeat(64 * kibi)],
  ['line breaks, which are escaped', '\n'.repeat(64 * kibi)],
  ['controls, which are escaped sixfold', '\u0001'.repeat(64 * kibi)],
  ['text of more than one byte a character', 'é'.repeat(32 * kibi)],
])('%s', (_name, textBody) => {
  test('no batch goes out beyond its limit', () => {
    const one = message({ textBody });
    const batches = splitByBytes(
      Array.from({ length: 24 }, () => one),
      1000 * kibi,
    );
    expect(batches.flat()).toHaveLength(24);
    for (const batch of batches) expect(batch.length === 1 || wireBytes(batch) <= 1000 * kibi).toBe(true);
  });
});

test('whatever the messages hold, every batch keeps to its limit, and none is lost, doubled or moved', () => {
  const payload = fc.record({
    textBody: fc.string({ unit: 'binary', maxLength: 300 }),
    htmlBody: fc.option(fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\u0001', 'é', '😀', 'x'), maxLength: 300 })),
    subject: fc.string({ maxLength: 60 }),
    metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ maxLength: 80 }), { maxKeys: 4 }),
  });
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 10 }), (payloads) => {
      const messages = payloads.map((given) => message(given));
      const batches = splitByBytes(messages, 8000);
      expect(batches.flat()).toEqual(messages);
      return batches.every((batch) => batch.length === 1 || wireBytes(batch) <= 8000);
    }),
    { numRuns: 50 },
  );
});
