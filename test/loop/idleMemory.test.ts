/** What an idle service process weighs. */
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isWholeSuite } from '../../dev/wholeSuite.ts';
import { startPostroute } from '../support/postroute.ts';

const rssMb = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** The bar for an idle service process. */
const idleMbMax = 150;
const idleSeconds = isWholeSuite ? 30 : 10;

test.skipIf(!existsSync('/proc/self/status'))(
  `an idle service stays below 150 MB, at once and after ${idleSeconds} seconds`,
  { timeout: 90_000 },
  async () => {
    const world = await startPostroute();
    try {
      const pid = world.ready.pids.service[0] ?? 0;
      const atOnce = rssMb(pid);
      // Process time is what is measured here: no clock can be advanced for it.
      await pause(idleSeconds * 1000);
      const later = rssMb(pid);
      console.info(`an idle service: ${Math.round(atOnce)} MB right after the start, ${Math.round(later)} MB ${idleSeconds} s later`);
      expect(atOnce).toBeLessThan(idleMbMax);
      expect(later).toBeLessThan(idleMbMax);
    } finally {
      await world.stop();
    }
  },
);
