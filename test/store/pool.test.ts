import { NotFoundError, StatementTimeoutError } from 'slonik';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPool, RowShapeError, sql } from '../../service/store/pool.ts';
import { createTestDatabase } from '../support/database.ts';

const { pool, url } = await createTestDatabase();

const one = async (text: ReturnType<typeof sql.fragment>): Promise<unknown> => {
  const row = await pool.one(sql.type(z.object({ value: z.unknown() }))`SELECT ${text} AS value`);
  return row.value;
};

describe('a column becomes the value that JavaScript means by it', () => {
  test.each([
    ['timestamptz', sql.fragment`'2026-11-21 10:00:00.123456+02'::timestamptz`, new Date('2026-11-21T08:00:00.123Z')],
    ['timestamptz of a zone with half hours', sql.fragment`'2026-11-21 10:00:00+05:30'::timestamptz`, new Date('2026-11-21T04:30:00Z')],
    ['int8', sql.fragment`9007199254740991::int8`, 9_007_199_254_740_991],
    ['numeric', sql.fragment`1.25::numeric`, 1.25],
    ['date', sql.fragment`'2026-11-21'::date`, '2026-11-21'],
    ['uuid', sql.fragment`'0199a0b0-0000-7000-8000-000000000000'::uuid`, '0199a0b0-0000-7000-8000-000000000000'],
    ['jsonb', sql.fragment`'{"a":[1,null]}'::jsonb`, { a: [1, null] }],
    ['bytea', sql.fragment`'\\x00ff'::bytea`, Buffer.from([0, 255])],
    ['an array of int8 with a null', sql.fragment`ARRAY[1, NULL]::int8[]`, [1, null]],
    ['timestamptz at 00:00:00', sql.fragment`'2024-02-29 00:00:00Z'::timestamptz`, new Date('2024-02-29T00:00:00Z')],
    ['timestamptz at 23:59:59.9', sql.fragment`'2024-02-29 23:59:59.9Z'::timestamptz`, new Date('2024-02-29T23:59:59.9Z')],
    ['timestamptz at 23:59:59.99', sql.fragment`'2024-02-29 23:59:59.99Z'::timestamptz`, new Date('2024-02-29T23:59:59.99Z')],
    ['timestamptz at 23:59:59.999', sql.fragment`'2024-02-29 23:59:59.999Z'::timestamptz`, new Date('2024-02-29T23:59:59.999Z')],
    ['timestamptz at 12:00:00.001', sql.fragment`'2024-02-29 12:00:00.001Z'::timestamptz`, new Date('2024-02-29T12:00:00.001Z')],
    ['timestamptz at 12:00:00.070007', sql.fragment`'2024-02-29 12:00:00.070007Z'::timestamptz`, new Date('2024-02-29T12:00:00.070Z')],
    ['an array of timestamptz', sql.fragment`ARRAY['2026-11-21T00:00:00Z']::timestamptz[]`, [new Date('2026-11-21T00:00:00Z')]],
    ['null', sql.fragment`NULL::timestamptz`, null],
  ])('%s', async (_name, fragment, expected) => {
    expect(await one(fragment)).toEqual(expected);
  });

  test('a time that is written and read again is the same to the millisecond', async () => {
    const at = new Date('2026-11-21T10:00:00.007Z');
    expect(await one(sql.fragment`${sql.timestamp(at)}`)).toEqual(at);
  });

  test.each([
    ['a whole number beyond 2^53', sql.fragment`9007199254740993::int8`],
    ['a whole numeric beyond 2^53', sql.fragment`9007199254740993::numeric`],
    ['an infinite time', sql.fragment`'infinity'::timestamptz`],
  ])('%s is an error, never a rounded value', async (_name, fragment) => {
    await expect(one(fragment)).rejects.toThrow(RangeError);
    expect(await one(sql.fragment`1::int8`), 'and the pool still works').toBe(1);
  });
});

describe('a row that does not have the promised shape', () => {
  const wanted = z.strictObject({ slug: z.string().max(4), count: z.number() });

  test('is refused with its columns named and its values not told', async () => {
    const error = await pool.one(sql.type(wanted)`SELECT 'confidential' AS slug, 1 AS count`).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RowShapeError);
    expect(error).toMatchObject({ columns: ['slug'] });
    expect(String(error)).not.toContain('confidential');
  });

  test('is refused when a column is missing or one too many', async () => {
    await expect(pool.any(sql.type(wanted)`SELECT 'a' AS slug`)).rejects.toThrow(/count/);
    await expect(pool.any(sql.type(wanted)`SELECT 'a' AS slug, 1 AS count, 2 AS more`)).rejects.toThrow(/more/);
  });

  test('rolls back the transaction that read it', async () => {
    await pool.query(sql.typeAlias('void')`CREATE TABLE shape_test (n integer)`);
    const attempt = pool.transaction(async (db) => {
      await db.query(sql.typeAlias('void')`INSERT INTO shape_test VALUES (1)`);
      await db.one(sql.typeAlias('id')`SELECT 1 AS id`);
    });
    await expect(attempt).rejects.toThrow(RowShapeError);
    expect(await pool.oneFirst(sql.typeAlias('count')`SELECT count(*) AS count FROM shape_test`)).toBe(0);
  });
});

test('no row where one was promised is an error with a name', async () => {
  await expect(pool.one(sql.typeAlias('id')`SELECT '1' AS id WHERE false`)).rejects.toThrow(NotFoundError);
});

test('sessions have their limits: 15 s a statement, 30 s idle in a transaction', async () => {
  const setting = (name: string) => pool.one(sql.type(z.object({ value: z.string() }))`SELECT current_setting(${name}) AS value`);
  expect(await setting('statement_timeout')).toEqual({ value: '15s' });
  expect(await setting('idle_in_transaction_session_timeout')).toEqual({ value: '30s' });
  const late = pool.transaction(async (db) => {
    await db.query(sql.typeAlias('void')`SET LOCAL statement_timeout = 20`);
    await db.query(sql.unsafe`SELECT pg_sleep(10)`);
  });
  await expect(late).rejects.toThrow(StatementTimeoutError);
});

test('a session is not reset between two uses, because that costs up to a third of the rate', async () => {
  const single = await createPool(url, { maximumPoolSize: 1 });
  try {
    await single.query(sql.unsafe`SELECT set_config('postroute.kept', 'yes', false)`);
    expect(await single.oneFirst(sql.unsafe`SELECT current_setting('postroute.kept', true) AS value`)).toBe('yes');
  } finally {
    await single.end();
  }
});

test('an address that is none is refused without repeating it', async () => {
  await expect(createPool('postgres//user:hunter2@nowhere', { maximumPoolSize: 1 })).rejects.toThrow(
    /^DATABASE_URL is not an address(?!.*hunter2)/,
  );
});
