/** Sending stopped by the provider, for the whole account or for one server. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const pause = z.strictObject({ code: z.string(), since: z.date(), until: z.date() });

export const accountScope = 'account';
export const serverScope = (serverId: number): string => `server:${serverId}`;

export type PauseOutcome = { kind: 'opened' } | { kind: 'extended' };

/** `opened` only for the first of a row of refusals, so that it is reported once. */
export const openPause = async (db: CommonQueryMethods, scope: string, code: string, now: Date, until: Date): Promise<PauseOutcome> => {
  const { flag } = await db.one(sql.typeAlias('flag')`
    insert into provider_pause as p (scope, code, since, until) values (${scope}, ${code}, ${sql.timestamp(now)}, ${sql.timestamp(until)})
    on conflict (scope) do update set code = excluded.code, until = greatest(p.until, excluded.until),
      since = case when p.scope <> ${accountScope} and p.until <= excluded.since then excluded.since else p.since end
    returning (xmax = 0) as flag`);
  return { kind: flag ? 'opened' : 'extended' };
};

/** The provider has taken mail in a call that was begun then: one that was begun before the refusal says nothing of what came after it. */
export const closePause = async (db: CommonQueryMethods, scope: string, begunAt: Date): Promise<void> => {
  await db.query(sql.typeAlias('void')`delete from provider_pause p where p.scope = ${scope} and p.since <= ${sql.timestamp(begunAt)}`);
};

/**
 * The pause that holds a server's mail back, if any. One of a throttling server is over with its time. The account's still shows then, until a message
 * was taken: the next call asks whether it is open again, and until then nobody knows.
 */
export const findPause = (db: CommonQueryMethods, serverId: number | null, now: Date) =>
  db.maybeOne(sql.type(pause)`
    select p.code, p.since, p.until from provider_pause p
    where p.scope = ${accountScope} or (p.scope = ${serverId === null ? '' : serverScope(serverId)} and p.until > ${sql.timestamp(now)}) order by p.scope limit 1`);
