/** LISTEN on a connection of its own, which is opened again when it breaks; NOTIFY through the pool. */
import pg from 'pg';
import { type CommonQueryMethods, sql } from './pool.ts';

const channel = 'postroute_hint';
/** Between two tries to listen again; until then the polls find everything. */
const againMs = 1_000;

export interface Listener {
  close(): Promise<void>;
}

export const listen = async (
  databaseUrl: string,
  onPayload: (payload: string) => void,
  onTrouble: (error: unknown) => void,
): Promise<Listener> => {
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;

  const open = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: databaseUrl, application_name: 'postroute-hints', keepAlive: true });
    next.on('notification', ({ payload }) => onPayload(payload ?? ''));
    next.on('error', onTrouble);
    next.on('end', () => {
      if (client === next) client = null;
      openAgainSoon();
    });
    await next.connect();
    await next.query(`listen ${channel}`);
    client = next;
  };

  const openAgainSoon = (): void => {
    if (closed || timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      open().catch((error: unknown) => {
        onTrouble(error);
        openAgainSoon();
      });
    }, againMs);
  };

  await open();
  return {
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await client?.end();
    },
  };
};

export const notify = async (db: CommonQueryMethods, payload: string): Promise<void> => {
  await db.query(sql.typeAlias('void')`select from pg_notify(${channel}, ${payload})`);
};
