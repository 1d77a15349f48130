/**
 * Rotation of a key's backing material, in domain time. It changes what new blobs are sealed with; older ones name their material and still open.
 *
 * Mechanism: the material of a key is numbered by how often it was rotated; whoever looks at a key first makes the rotations that have fallen due, so no
 * timer is needed. A key that is disabled or waits for its deletion is not rotated, and catches up with one rotation when it is enabled again.
 */
import type { Instant } from '../world/world.ts';

export type Rotation = { at: Instant; type: 'AUTOMATIC' | 'ON_DEMAND' };

/** `nextAt`: when the next automatic rotation falls due. */
export type RotationPlan = { periodDays: number; nextAt: Instant };

/** `plan: null`: automatic rotation is off. */
export type Rotating = { plan: RotationPlan | null; rotations: Rotation[] };

const dayMs = 86_400_000;

export const planFrom = (now: Instant, periodDays: number): RotationPlan => ({ periodDays, nextAt: now + periodDays * dayMs });

/** Each rotation that fell due while the key was enabled, at the time it fell due. */
export function catchUp(key: Rotating, now: Instant): void {
  if (key.plan === null) return;
  const { periodDays } = key.plan;
  while (key.plan.nextAt <= now) {
    key.rotations.push({ at: key.plan.nextAt, type: 'AUTOMATIC' });
    key.plan = planFrom(key.plan.nextAt, periodDays);
  }
}

/** A key that was not rotated for a while rotates at once when it is overdue, however many periods have passed. */
export function resumeRotation(key: Rotating, now: Instant): void {
  if (key.plan === null || key.plan.nextAt > now) return;
  key.rotations.push({ at: now, type: 'AUTOMATIC' });
  key.plan = planFrom(now, key.plan.periodDays);
}
