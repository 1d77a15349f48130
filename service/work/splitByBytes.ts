/**
 * Postmark takes at most 50 MB in one batch call, and a call beyond that is refused for all of its messages. So a message is measured as it goes over the
 * wire, as JSON: a body of quotes or line breaks weighs twice what it holds, one of control characters six times.
 */
import type { JobPayload } from '../core/job/records.ts';

export const batchBytesMax = 50_000_000;

/** Field names, sender, recipient, and the ids that are added to the metadata: under 1,500 bytes at their longest. */
const envelopeBytes = 2_000;

const bytesOf = (payload: JobPayload): number => Buffer.byteLength(JSON.stringify(payload)) + envelopeBytes;

export const splitByBytes = <T extends { payload: JobPayload }>(messages: readonly T[], bytesMax: number = batchBytesMax): T[][] => {
  const batches: T[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = bytesOf(message.payload);
    const last = batches.at(-1);
    if (last === undefined || bytes > room) {
      batches.push([message]);
      room = bytesMax - bytes;
    } else {
      last.push(message);
      room -= bytes;
    }
  }
  return batches;
};
