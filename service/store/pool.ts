/**
 * The one way to Postgres for everything but the hottest statements.
 *
 * Guarantee: a row that reaches a caller has the shape its `sql.type` promised, in JavaScript's own types; anything else is a `RowShapeError` that
 * names the column and never its value.
 * Mechanism: an interceptor runs the Standard Schema of the query over each row; `columnTypes.ts` sets the type parsers (slonik's default timestamp
 * is a number, and its int8 a bigint).
 * On a crash of the process Postgres rolls open transactions back by itself; a session that only hangs is ended by the idle-in-transaction limit.
 */
import {
  createPool as createSlonikPool,
  createSqlTag,
  type DatabasePool,
  type Interceptor,
  InvalidInputError,
  type QueryResultRow,
} from 'slonik';
import { z } from 'zod';
import { columnTypes } from './columnTypes.ts';
import { statementNames } from './statementNames.ts';

export type { CommonQueryMethods, DatabasePool, DatabaseTransactionConnection } from 'slonik';

/** Longer than any statement of ours takes on a healthy database (the slowest is a drift page, well under a second). */
const statementTimeoutMs = 15_000;
/** A start beside a database that is not there should say so while a person still watches. */
const connectionTimeoutMs = 5_000;
/** No network call happens inside a transaction, so one that idles this long belongs to a process that hangs; its row locks are worth more. */
const idleInTransactionTimeoutMs = 30_000;

/** The store's `sql`: `sql.type(schema)` for rows, `sql.typeAlias('void')` where no row comes back. */
export const sql = createSqlTag({
  typeAliases: {
    void: z.strictObject({}),
    id: z.strictObject({ id: z.string() }),
    count: z.strictObject({ count: z.number().int() }),
    flag: z.strictObject({ flag: z.boolean() }),
    now: z.strictObject({ now: z.date() }),
  },
});

export class RowShapeError extends Error {
  readonly columns: readonly string[];

  constructor(problems: readonly { column: string; message: string }[]) {
    super(`a row does not have the promised shape: ${problems.map(({ column, message }) => `${column}: ${message}`).join('; ')}`);
    this.name = 'RowShapeError';
    this.columns = problems.map(({ column }) => column);
  }
}

/** SQLSTATE classes of what is wrong with the values of a statement: 22 data exception, 23 integrity violation. */
const ofTheValues = /^2[23]/;

/** Whether Postgres refused the values it was given; anything else (no connection, no answer in time) would meet the next statement as well. */
export const isRefusedByPostgres = (error: unknown): boolean => {
  // slonik's own name for 22P02, which it gives without the cause.
  if (error instanceof InvalidInputError) return true;
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && ofTheValues.test(at.code)) return true;
  }
  return false;
};

const resultParser: Interceptor = {
  name: 'result-parser',
  transformRow: (context, _query, row) => {
    if (context.resultParser === undefined) return row;
    const result = context.resultParser['~standard'].validate(row);
    if (result instanceof Promise) throw new Error('a row schema must be synchronous');
    if (result.issues === undefined) return result.value as QueryResultRow;
    throw new RowShapeError(
      result.issues.map(({ path, message }) => ({
        column: path?.map((step) => String(typeof step === 'object' ? step.key : step)).join('.') ?? '(row)',
        message,
      })),
    );
  },
};

/**
 * Opens no connection for keeps before the first query. `maximumPoolSize`: 8 to 16 is where throughput peaks on one Postgres.
 *
 * Sessions are not reset on release: `DISCARD ALL` costs up to a third of the single-row rate. So no statement may leave session state behind: use
 * `SET LOCAL` and transaction-level advisory locks.
 */
export async function createPool(databaseUrl: string, { maximumPoolSize }: { maximumPoolSize: number }): Promise<DatabasePool> {
  // The text of the driver's own error would repeat the address, password and all.
  if (!URL.canParse(databaseUrl))
    throw new Error('DATABASE_URL is not an address: it must look like postgres://user:password@host:5432/database');
  return createSlonikPool(databaseUrl, {
    maxPoolSize: maximumPoolSize,
    statementTimeout: statementTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    idleInTransactionSessionTimeout: idleInTransactionTimeoutMs,
    // Long enough that a quiet second does not cost the next request a connection.
    idleTimeout: 60_000,
    // An explicit nothing: leaving it out means DISCARD ALL.
    resetConnection: async () => {},
    interceptors: [statementNames(), resultParser],
    typeParsers: columnTypes,
  });
}
