/** The discrepancies of the labelled test: how each is made, what drift should say of it, and how the world is mended. */
import {
  createServer,
  dkimNameOf,
  dkimValueOf,
  type FleetSite,
  type Member,
  returnPathNameOf,
  serverNameOf,
} from '../../../dev/bench/drift/fleet.ts';
import type { Control } from './control.ts';

export type Label = {
  what: string;
  /** As drift identifies them. */
  subjects: { tag: string; subject: string }[];
  /** Null: nothing is to be found. */
  class: string | null;
  /** Whether Sentry is to be told. */
  isReal: boolean;
  /** How long nothing may be reported, from the start; null: none of it is recent. */
  quietSeconds: number | null;
  /** Mended by itself within that time. */
  heals: boolean;
  /** Made while the zone cannot be read. */
  hidden: boolean;
  inject(): Promise<void>;
  mend(): Promise<void>;
};

export type Tally = { within: number; events: number; rightClass: number; closed: number };

const dkim = 'email.drift.dns_dkim_mismatch';
const returnPath = 'email.drift.dns_return_path_mismatch';
const orphanRow = 'email.drift.postmark_orphan_db_row';
const orphanServer = 'email.drift.postmark_orphan_server';
const missingKey = 'email.drift.registry_missing_key';

const usual = { isReal: true, quietSeconds: null, heals: false, hidden: false } as const;

/** `members` are dealt out from the start, so that no configuration has two labels. */
export const labels = (site: FleetSite, control: Control, members: readonly Member[]): Label[] => {
  const { zone, database } = site;
  let dealt = 0;
  const deal = (many: number): Member[] => {
    dealt += many;
    // Spread over the fleet, so that they fall on different pages.
    return Array.from({ length: many }, (_, at) => members[((dealt - many + at) * 5) % members.length]).flatMap((member) => member ?? []);
  };
  const each = async <T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> => {
    for (const item of items) await work(item);
  };
  const records = {
    dkim: ({ slug }: Member) => ({ name: dkimNameOf(slug, zone.name), type: 'TXT', ttl: 300, values: [dkimValueOf(slug)] }),
    returnPath: ({ slug }: Member) => ({ name: returnPathNameOf(slug, zone.name), type: 'CNAME', ttl: 300, values: ['pm.mtasv.net'] }),
  };
  const recordsChanged = (
    what: string,
    tag: string,
    many: number,
    how: { record: keyof typeof records; ttl?: number; deleted?: true; written?: true } & Partial<Label>,
  ): Label => {
    const own = deal(many);
    const { record, ttl = 300, deleted = false, written = false, ...differs } = how;
    const other = record === 'dkim' ? 'k=rsa;p=SOMEBODYS' : 'elsewhere.example.net';
    return {
      what,
      class: deleted ? 'deleted' : 'edited',
      subjects: own.map(({ eId }) => ({ tag, subject: eId })),
      ...usual,
      async inject() {
        if (written) {
          await database.query('update configuration set records_written_at = $1 where e_id = any($2)', [
            await control.now(),
            own.map(({ eId }) => eId),
          ]);
        }
        await each(own, (member) => {
          const ours = records[record](member);
          return deleted
            ? control.record({ action: 'DELETE', ...ours })
            : control.record({ action: 'UPSERT', ...ours, ttl, values: [other] });
        });
      },
      mend: () => each(own, (member) => control.record({ action: 'UPSERT', ...records[record](member) })),
      ...differs,
    };
  };

  const gone = deal(25);
  const keyless = deal(20);
  const serversMade = new Map<string, number>();
  const orphanNames = Array.from({ length: 25 }, (_, at) => serverNameOf(`nobody-${at}`, zone.name));
  const foreignNames = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? `trial ${at}` : `ardamails-prod-acme-${at}`));
  const remove = async (serverId: number): Promise<void> => {
    const headers = { accept: 'application/json', 'X-Postmark-Account-Token': site.accountToken };
    const { status } = await fetch(`${site.postmark}/servers/${serverId}`, { method: 'DELETE', headers });
    if (status !== 200) throw new Error(`DELETE /servers answered ${status}`);
  };
  const make = async (name: string): Promise<void> => {
    serversMade.set(name, await createServer(site, name));
  };
  const unknownKey = '0199ffff-0000-7000-8000-00000000dead';
  const seal = (key: string) =>
    database.query(
      `update configuration set key_version_id = $1::uuid, server_token = 'a1.k' || $1 || ':x', routing_token = 'a1.k' || $1 || ':x' where e_id = any($2)`,
      [key, keyless.map(({ eId }) => eId)],
    );
  const serversPut = (what: string, names: readonly string[], differs: Pick<Label, 'class' | 'isReal'>): Label => {
    const subjects: Label['subjects'] = [];
    return {
      what,
      subjects,
      ...usual,
      async inject() {
        await each(names, make);
        // Only now have they the ids by which drift would name them.
        subjects.push(...names.map((name) => ({ tag: orphanServer, subject: String(serversMade.get(name)) })));
      },
      mend: () => each(names, (name) => remove(serversMade.get(name) ?? 0)),
      ...differs,
    };
  };
  return [
    recordsChanged('DKIM edited by hand', dkim, 25, { record: 'dkim' }),
    recordsChanged('Return-Path edited by hand', returnPath, 20, { record: 'returnPath', ttl: 3600 }),
    recordsChanged('DKIM deleted', dkim, 20, { record: 'dkim', deleted: true }),
    recordsChanged('Return-Path deleted', returnPath, 15, { record: 'returnPath', deleted: true }),
    {
      what: 'server deleted, row left',
      class: 'deleted',
      subjects: gone.map(({ eId }) => ({ tag: orphanRow, subject: eId })),
      ...usual,
      inject: () => each(gone, ({ serverId }) => remove(serverId)),
      mend: () =>
        each(gone, async ({ eId, slug }) => {
          const serverId = await createServer(site, serverNameOf(slug, zone.name));
          await database.query('update configuration set server_id = $1 where e_id = $2', [serverId, eId]);
        }),
    },
    serversPut('server of our prefix that no row names', orphanNames, { class: 'orphan', isReal: true }),
    serversPut('server of another partition, or of nobody', foreignNames, { class: null, isReal: false }),
    {
      what: 'sealed under a key that is gone',
      class: 'missingKey',
      subjects: keyless.map(({ eId }) => ({ tag: missingKey, subject: eId })),
      ...usual,
      inject: async () => void (await seal(unknownKey)),
      mend: async () => void (await seal(site.keyVersionId)),
    },
    recordsChanged('just written, old TTL 300, stays', dkim, 4, { record: 'dkim', written: true, quietSeconds: 300 }),
    recordsChanged('just written, old TTL 1200, stays', dkim, 3, { record: 'dkim', written: true, ttl: 1200, quietSeconds: 1200 }),
    recordsChanged('just written, old TTL 3600, stays', returnPath, 3, {
      record: 'returnPath',
      written: true,
      ttl: 3600,
      quietSeconds: 3600,
    }),
    recordsChanged('just written, propagates', dkim, 10, {
      record: 'dkim',
      written: true,
      quietSeconds: 300,
      heals: true,
      isReal: false,
      class: 'propagating',
    }),
    recordsChanged('edited in a zone that cannot be read', dkim, 10, { record: 'dkim', hidden: true }),
  ];
};

export const tableOf = (all: readonly Label[], tally: ReadonlyMap<Label, Tally>): string => {
  const line = (what: string, ...figures: (string | number)[]): string =>
    `${what.padEnd(40)}${figures.map((figure) => String(figure).padStart(14)).join('')}`;
  const rows = all.map((label) => {
    const { within = 0, events = 0, rightClass = 0, closed = 0 } = tally.get(label) ?? {};
    return line(label.what, label.subjects.length, within, events, label.class ?? 'none', rightClass, closed);
  });
  return [line('discrepancy', 'put', 'within TTL', 'events', 'class', 'right class', 'closed'), ...rows].join('\n');
};
