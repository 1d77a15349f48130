/** Postmark takes at most 50 MB in one batch call; JSON escapes and field names are allowed for with a tenth. */
import type { JobPayload } from '../core/job/records.ts';

const batchBytesMax = 45 * 1024 * 1024;

const bytesOf = ({ htmlBody, textBody, subject, attachments }: JobPayload): number =>
  Buffer.byteLength(htmlBody ?? '') +
  Buffer.byteLength(textBody ?? '') +
  Buffer.byteLength(subject) +
  attachments.reduce((sum, { contentBase64 }) => sum + contentBase64.length, 0);

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
