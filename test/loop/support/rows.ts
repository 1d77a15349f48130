/** Questions to the database of a running product, for what no answer tells: who holds a claim, and whether a refused request left a row behind. */
import { Client } from 'pg';

export async function ask<Row extends object>(databaseUrl: string, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Rows of every table that requests write. */
export async function rowCounts(databaseUrl: string): Promise<Record<string, number>> {
  const tables = [
    'configuration',
    'configuration_event',
    'slug_claim',
    'effect',
    'email_job',
    'email_payload',
    'suppression_entry',
    'tenant_key',
  ];
  const counts = tables.map((table) => `(select count(*)::int from ${table}) as ${table}`);
  const [row] = await ask<Record<string, number>>(databaseUrl, `select ${counts.join(', ')}`);
  return row ?? {};
}
