import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';
import { schemaDump } from '../../service/store/schemaDump.ts';
import { createTestDatabase } from '../support/database.ts';

const { url } = await createTestDatabase();
const client = new Client({ connectionString: url });
await client.connect();
afterAll(() => client.end());

const file = readFileSync(new URL('../../service/store/schema.sql', import.meta.url), 'utf8');

test('schema.sql is the schema of a freshly migrated database (npm run migrate -- --dump rewrites it)', async () => {
  expect(file).toBe(await schemaDump(client));
});

test.each([
  ['a table', 'CREATE TABLE dump_a (id integer)'],
  ['a column', 'ALTER TABLE dump_a ADD COLUMN label text'],
  ['a default', `ALTER TABLE dump_a ALTER COLUMN label SET DEFAULT 'x'`],
  ['NOT NULL', 'ALTER TABLE dump_a ALTER COLUMN label SET NOT NULL'],
  ['an identity', 'ALTER TABLE dump_a ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY'],
  ['a generated column', `ALTER TABLE dump_a ADD COLUMN twice integer GENERATED ALWAYS AS (id * 2) STORED`],
  ['a primary key', 'ALTER TABLE dump_a ADD PRIMARY KEY (id)'],
  ['a check', 'ALTER TABLE dump_a ADD CONSTRAINT positive CHECK (id > 0)'],
  ['a partial index', 'CREATE INDEX dump_a_label ON dump_a (label) WHERE id > 5'],
  ['a storage option', 'ALTER TABLE dump_a SET (fillfactor = 70)'],
  ['a sequence', 'CREATE SEQUENCE dump_sequence START 7'],
  ['an enum', `CREATE TYPE dump_mood AS ENUM ('good', 'bad')`],
  ['a domain', `CREATE DOMAIN dump_short AS text CHECK (length(VALUE) < 9)`],
  ['a function', `CREATE FUNCTION dump_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`],
  ['a trigger', 'CREATE TRIGGER dump_t BEFORE INSERT ON dump_a FOR EACH ROW EXECUTE FUNCTION dump_f()'],
  ['a view', 'CREATE VIEW dump_v AS SELECT id FROM dump_a'],
  ['a partitioned table', 'CREATE TABLE dump_p (id integer) PARTITION BY RANGE (id)'],
  ['a partition', 'CREATE TABLE dump_p1 PARTITION OF dump_p FOR VALUES FROM (0) TO (9)'],
  ['a comment', `COMMENT ON COLUMN dump_a.label IS 'what it is called'`],
])('%s shows in the dump', async (_name, statement) => {
  const before = await schemaDump(client);
  await client.query(statement);
  expect(await schemaDump(client)).not.toBe(before);
});

test('the same schema is the same text', async () => {
  expect(await schemaDump(client)).toBe(await schemaDump(client));
});
