/**
 * Notes that a previous secret was presented, so that an operator knows when nobody does any more. At most one write in ten seconds for each kind and
 * process (process time): "lately" is all that is asked, and a fleet that still presents the old key must not pay for it with a write per callback.
 */
import { noteSighting, type Sighting } from '../store/secretSightings.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { WorkContext } from './workContext.ts';

const everyMs = 10_000;

export type NoteSighting = (what: Sighting, secret: string) => void;

export const sightingNotes = ({ db, now, observe }: Pick<WorkContext, 'db' | 'now' | 'observe'>): NoteSighting => {
  const notedAt = new Map<string, number>();
  return (what, secret) => {
    const fingerprint = fingerprintOf(secret);
    const key = `${what} ${fingerprint}`;
    const at = performance.now();
    if (at - (notedAt.get(key) ?? Number.NEGATIVE_INFINITY) < everyMs) return;
    notedAt.set(key, at);
    noteSighting(db, what, fingerprint, now()).catch((error: unknown) => observe.trouble('secret sighting', error));
  };
};
