/**
 * Ids in the order of their making: UUIDv7 of a clock. Random bytes are drawn a page at a time, since a draw costs more than all the rest
 * of an id, and there is one for every accepted message and every callback. A byte is used once.
 */
import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const bytesOfOne = 16;
const idsOfPage = 256;

export const newIds = (now: () => Date): (() => string) => {
  const page = new Uint8Array(bytesOfOne * idsOfPage);
  let at = page.length;
  const draw = (): Uint8Array => {
    if (at === page.length) {
      randomFillSync(page);
      at = 0;
    }
    at += bytesOfOne;
    return page.subarray(at - bytesOfOne, at);
  };
  return () => uuidv7({ msecs: now().getTime(), random: draw() });
};
