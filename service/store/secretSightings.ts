/** When a previous secret was last presented, to whichever process: what tells that nobody needs it any more. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

export const sightings = ['callback-bearer', 'callback-signature', 'call'] as const;
export type Sighting = (typeof sightings)[number];

export const noteSighting = async (db: CommonQueryMethods, what: Sighting, fingerprint: string, at: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into secret_sighting as s (what, fingerprint, seen_at) values (${what}, ${fingerprint}, ${sql.timestamp(at)})
    on conflict (what) do update set fingerprint = excluded.fingerprint,
      seen_at = case when s.fingerprint = excluded.fingerprint then greatest(s.seen_at, excluded.seen_at) else excluded.seen_at end`);
};

const sighting = z.strictObject({ what: z.enum(sightings), fingerprint: z.string(), seenAt: z.date() });

export const listSightings = (db: CommonQueryMethods) =>
  db.any(sql.type(sighting)`select s.what, s.fingerprint, s.seen_at as "seenAt" from secret_sighting s`);
