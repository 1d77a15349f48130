/** What each process says of itself: that it lives, and which keys and credentials it holds. Fingerprints and ids, never secrets. */
import { z } from 'zod';
import { type CommonQueryMethods, sql } from './pool.ts';

const status = z.strictObject({
  holder: z.string(),
  seenAt: z.date(),
  refreshNumber: z.number().int(),
  currentKeyVersionId: z.string().nullable(),
  loadedKeyVersionIds: z.array(z.string()),
  refreshedAt: z.date().nullable(),
  /** The current one first. */
  apiKeys: z.array(z.string()),
  signingKeys: z.array(z.string()),
  accountTokens: z.array(z.string()),
  /** Of the current account token: `accepted`, `refused`, `unknown`. */
  accountTokenState: z.string(),
});
export type ProcessStatus = z.infer<typeof status>;

const texts = (values: readonly string[]) => sql.array([...values], 'text');

export const tellStatus = async (db: CommonQueryMethods, s: Omit<ProcessStatus, 'seenAt'>, leaseSeconds: number): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    insert into process_status (holder, expires_at, seen_at, refresh_number, current_key_version_id, loaded_key_version_ids, refreshed_at,
      api_keys, signing_keys, account_tokens, account_token_state)
    values (${s.holder}, clock_timestamp() + make_interval(secs => ${leaseSeconds}), clock_timestamp(), ${s.refreshNumber},
      ${s.currentKeyVersionId}, ${texts(s.loadedKeyVersionIds)}, ${s.refreshedAt === null ? null : sql.timestamp(s.refreshedAt)},
      ${texts(s.apiKeys)}, ${texts(s.signingKeys)}, ${texts(s.accountTokens)}, ${s.accountTokenState})
    on conflict (holder) do update set expires_at = excluded.expires_at, seen_at = excluded.seen_at, refresh_number = excluded.refresh_number,
      current_key_version_id = excluded.current_key_version_id, loaded_key_version_ids = excluded.loaded_key_version_ids,
      refreshed_at = excluded.refreshed_at, api_keys = excluded.api_keys, signing_keys = excluded.signing_keys,
      account_tokens = excluded.account_tokens, account_token_state = excluded.account_token_state`);
};

export const dropStatus = async (db: CommonQueryMethods, holder: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`
    delete from process_status where holder = ${holder} or expires_at < clock_timestamp() - interval '1 hour'`);
};

/** Those that have said so within their lease. */
export const liveProcesses = (db: CommonQueryMethods): Promise<readonly ProcessStatus[]> =>
  db.any(sql.type(status)`
    select p.holder, p.seen_at as "seenAt", p.refresh_number as "refreshNumber", p.current_key_version_id as "currentKeyVersionId",
      p.loaded_key_version_ids as "loadedKeyVersionIds", p.refreshed_at as "refreshedAt", p.api_keys as "apiKeys",
      p.signing_keys as "signingKeys", p.account_tokens as "accountTokens", p.account_token_state as "accountTokenState"
    from process_status p where p.expires_at > clock_timestamp() order by p.holder`);

const refreshOfMaterial = 'material';
const asked = z.strictObject({ number: z.number().int() });

/** Asks every process to read its registry and keys again; answers the number under which it was asked. */
export const requestRefresh = async (db: CommonQueryMethods, at: Date, by: string): Promise<number> => {
  const { number } = await db.one(sql.type(asked)`
    insert into refresh_request as r (name, number, requested_at, requested_by) values (${refreshOfMaterial}, 1, ${sql.timestamp(at)}, ${by})
    on conflict (name) do update set number = r.number + 1, requested_at = excluded.requested_at, requested_by = excluded.requested_by
    returning r.number`);
  return number;
};

/** The number of the last request; 0 before the first. */
export const lastRefreshRequest = async (db: CommonQueryMethods): Promise<number> =>
  (await db.maybeOne(sql.type(asked)`select r.number from refresh_request r where r.name = ${refreshOfMaterial}`))?.number ?? 0;
