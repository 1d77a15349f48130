/**
 * A whole Postroute to be measured: a Postgres of its own (durable, as in earnest) behind a counter of statements, the sandbox, and one or more services.
 * Everything is gone when the measurement is over, also when it fails.
 */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startOwnDatabase } from '../../start/database.ts';
import type { ReadyLine } from '../../start/readyLine.ts';
import { temporaryFolder } from '../../temporaryFolder.ts';
import { launch } from '../launch.ts';
import { startStatementCounter } from './statementCounter.ts';

export type Calls = Record<'postmark' | 'route53' | 'kms' | 'dns' | 'webhook', Record<string, number>>;

export type Stage = {
  ready: ReadyLine;
  /** To the database itself, past the counter. */
  database: Client;
  statements(): number;
  api(method: string, path: string, options?: { tenant?: string; body?: unknown }): Promise<{ status: number; body: unknown }>;
  calls(): Promise<Calls>;
  accountToken(): Promise<string>;
};

/** `counted` false: the service asks the database itself, without the counter's detour, which each statement pays twice. */
type Setup = { replicas?: number; environment?: Record<string, string>; counted?: boolean };

const basePath = '/v1/shop-access/email';

const apiOf =
  ({ service, apiKey }: ReadyLine): Stage['api'] =>
  async (method, path, { tenant, body } = {}) => {
    const response = await fetch(`${service}${basePath}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        'x-author': 'bench',
        ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

export async function onStage<T>(
  { replicas = 1, environment = {}, counted = true }: Setup,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder('bench');
  const { url, postgres } = await startOwnDatabase(folder, 0, true);
  const counter = await startStatementCounter(postgres.port);
  const database = new Client({ connectionString: url });
  try {
    await database.connect();
    const asked = new URL(url);
    if (counted) asked.port = String(counter.port);
    const started = await launch(['--replicas', String(replicas)], { ...environment, DATABASE_URL: asked.href });
    try {
      const { ready } = started;
      const state = async () =>
        (await (await fetch(`${ready.sandbox.control}/state`)).json()) as { calls: Calls; postmark: { accountTokens: string[] } };
      const calls = async (): Promise<Calls> => (await state()).calls;
      const accountToken = async (): Promise<string> => (await state()).postmark.accountTokens[0] ?? '';
      return await work({ ready, database, statements: counter.count, api: apiOf(ready), calls, accountToken });
    } finally {
      await started.stop();
    }
  } finally {
    await database.end();
    counter.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const betweenLooksMs = 100;

/** Looks until `isSo`, at most `limitSeconds`. */
export async function until(what: string, limitSeconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limitSeconds} s`);
    await pause(betweenLooksMs);
  }
}

export const total = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Does `work` for each of 0 … items - 1, by so many at the same time. */
export async function inTurns(workers: number, items: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let n = next++; n < items; n = next++) await work(n);
  };
  await Promise.all(Array.from({ length: workers }, one));
}
