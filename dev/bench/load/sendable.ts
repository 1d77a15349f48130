/** A Postroute under measurement, and configurations in it that may send. */
import { rmSync } from 'node:fs';
import { Client } from 'pg';
import { startOwnDatabase } from '../../start/database.ts';
import type { ReadyLine } from '../../start/readyLine.ts';
import { temporaryFolder } from '../../temporaryFolder.ts';
import { launch } from '../launch.ts';

const basePath = '/v1/shop-access/email';

export type Asking = {
  url(path: string): string;
  headers(tenant: string): Record<string, string>;
  call(method: string, path: string, tenant: string, body?: unknown): Promise<Record<string, unknown>>;
  control(path: string, body?: unknown): Promise<Record<string, unknown>>;
};

export type Running = Asking & { ready: ReadyLine; database: Client; postgresPid: number };

/** As the floors of the design were measured with; a developer's 64 MB make backends write pages out themselves. */
const sharedBuffersMb = 512;

/** An ephemeral one: its Postgres is durable, as in earnest. Gone when `work` has ended, however. */
export async function onPostroute<T>(environment: Record<string, string>, work: (running: Running) => Promise<T>): Promise<T> {
  const folder = temporaryFolder('bench');
  const { url, postgres } = await startOwnDatabase(folder, 0, true, { sharedBuffersMb });
  try {
    const { ready, stop } = await launch([], { ...environment, DATABASE_URL: url });
    const database = new Client({ connectionString: url });
    try {
      await database.connect();
      return await work({ ready, database, postgresPid: postgres.pid, ...clientOf(ready) });
    } finally {
      await database.end();
      await stop();
    }
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const read = async (response: Response): Promise<Record<string, unknown>> => {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
};

/** Who asks the first replica, and the sandbox's control API; an answer that is not 2xx is thrown. */
export const clientOf = ({ service, apiKey, sandbox }: ReadyLine): Asking => {
  const url = (path: string): string => `${service}${basePath}${path}`;
  const headers = (tenant: string): Record<string, string> => ({
    Authorization: `Bearer ${apiKey}`,
    'X-Tenant-Id': tenant,
    'X-Author': 'bench',
    'Content-Type': 'application/json',
  });
  const send = (method: string, to: string, given: Record<string, string>, body: unknown) =>
    fetch(to, { method, headers: given, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).then(read);
  return {
    url,
    headers,
    call: (method, path, tenant, body) => send(method, url(path), headers(tenant), body ?? (method === 'POST' ? {} : undefined)),
    control: (path, body) =>
      send(body === undefined ? 'GET' : 'POST', `${sandbox.control}${path}`, { 'Content-Type': 'application/json' }, body),
  };
};

const looksMax = 600;
const betweenLooksMs = 50;

/** Provisioned, verified and unlocked; answers its id. */
export async function sendable({ call }: Pick<Asking, 'call'>, tenant: string): Promise<string> {
  const body = { sendingDomainSlug: tenant, signatureRequest: { fromName: 'Bench' }, provision: true };
  const id = String((await call('POST', '/configuration', tenant, body))['eId']);
  for (let look = 0; look < looksMax; look += 1) {
    if ((await call('GET', `/configuration/${id}`, tenant))['status'] === 'LOCKED') {
      await call('POST', `/configuration/${id}/unlock`, tenant);
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
  }
  throw new Error(`the configuration of ${tenant} did not verify`);
}

/** Keeps the sender still, as the provider's own pause does; what is accepted waits. */
export const pauseSending = async ({ database }: Running): Promise<void> => {
  await database.query(
    `insert into provider_pause (scope, code, since, until) values ('account', 'bench', now(), now() + interval '10 years')`,
  );
};
export const resumeSending = async ({ database }: Running): Promise<void> => {
  await database.query('delete from provider_pause');
};

/** One message of about 1.1 KB, as JSON. */
export const messageFor = (configurationEId: string, recipient: string) => ({
  configurationEId,
  recipient,
  subject: 'Your order has been shipped',
  textBody: 'It is on its way. '.repeat(50),
});
