/**
 * Opaque cursors: where a page ended, by time and id, so that rows which come in meanwhile shift nothing.
 *
 * A cursor is good for the list, tenant and filters it was made for. The check digits are no secret (a tenant's rows are guarded by the query, not by
 * its cursor); they tell a stale or edited cursor from a good one before it reaches the database.
 */
import { hash } from 'node:crypto';
import { Problem } from '../../core/errors.ts';

export type Position = { at: Date; id: string };

/** 48 bits: a slip of copying is never taken for a position. */
const checkDigits = 12;
/** What a timestamptz and a Date both hold. */
const timeMaxMs = 8_640_000_000_000_000 / 40;

const checkOf = (scope: readonly unknown[], at: number, id: string): string =>
  hash('sha256', JSON.stringify([scope, at, id]), 'hex').slice(0, checkDigits);

export const encodeCursor = (scope: readonly unknown[], { at, id }: Position): string =>
  Buffer.from(`${at.getTime()}.${checkOf(scope, at.getTime(), id)}.${id}`, 'utf8').toString('base64url');

const foreign = (): Problem =>
  new Problem('invalid_request', 'the request is not valid: see errors', {
    errors: [{ pointer: '/query/cursor', detail: 'is not a cursor of this list with these filters' }],
  });

/** `idPattern`: what the list's ids look like, since the database would choke on another kind. */
export const decodeCursor = (scope: readonly unknown[], cursor: string | undefined, idPattern: RegExp): Position | null => {
  if (cursor === undefined) return null;
  const [, time, check, id] = /^(\d{1,15})\.([0-9a-f]{12})\.(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (time === undefined || id === undefined || !idPattern.test(id)) throw foreign();
  const at = Number(time);
  if (at > timeMaxMs || check !== checkOf(scope, at, id)) throw foreign();
  const position = { at: new Date(at), id };
  if (encodeCursor(scope, position) !== cursor) throw foreign();
  return position;
};

export const uuidPosition = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `rows` holds one more than the page when there is more: the page, and the cursor of what follows. */
export const pageFrom = <Row, Item>(
  rows: readonly Row[],
  {
    limit,
    scope,
    positionOf,
    present,
  }: { limit: number; scope: readonly unknown[]; positionOf: (row: Row) => Position; present: (row: Row) => Item },
): { items: Item[]; nextCursor: string | null } => {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(present), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(scope, positionOf(last)) : null };
};
