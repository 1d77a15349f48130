import type { Instant, World } from '../world/world.ts';
import type { PostmarkSettings } from './postmarkSettings.ts';

const dayMs = 86_400_000;
const retentionDaysMin = 7;
const retentionDaysMax = 365;

/** What came later is kept. */
export const keptSince =
  (world: World, { retentionDays }: PostmarkSettings) =>
  (): Instant =>
    world.clock.now() - Math.min(retentionDaysMax, Math.max(retentionDaysMin, retentionDays.value)) * dayMs;
