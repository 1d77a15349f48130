/** Where a row begins: what has happened before the call that meets trouble. `start` leaves its effect due. */
import { returnPathDomainOf, sendingDomainOf, serverNameOf } from '../../../service/core/configuration/names.ts';
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { sql } from '../../../service/store/pool.ts';
import { acceptJob } from '../../support/acceptJobs.ts';
import type { CrashWorld } from './crashWorld.ts';
import type { Happening } from './mortal.ts';

export type Beginning = keyof typeof beginnings;

type Steps = {
  /** So many configurations, each for one cell. */
  prepare: (world: CrashWorld, count: number) => Promise<Configuration[]>;
  start: (world: CrashWorld, c: Configuration) => Promise<void>;
};

const created = (world: CrashWorld, count: number) => world.create(count);
const provisioned = (world: CrashWorld, count: number) => world.provisioned(count);

const unverified = (world: CrashWorld, count: number) => world.provisioned(count, 'RecordsWritten');
const unwritten = (world: CrashWorld, count: number) => world.provisioned(count, 'WebhookInstalled');

/** Its effect is due, and no other configuration's is. */
const isDue =
  (kind: 'write-records' | 'check-verification') =>
  async (world: CrashWorld, c: Configuration): Promise<void> => {
    await world.bench.rows(sql.unsafe`
      update effect set settled_at = null, outcome = null where configuration_e_id = ${c.eId} and kind = ${kind}`);
  };

const signal =
  (...names: ('provision' | 'remove' | 'unlock' | 'lock' | 'force-lock')[]) =>
  async (world: CrashWorld, c: Configuration): Promise<void> => {
    const { ctx } = await world.worker();
    for (const name of names) {
      const outcome = await world.bench.signal(ctx, c, name);
      if (outcome.kind !== 'changed') throw new Error(`${name} was ${outcome.kind}`);
    }
  };

const diesAfter: Happening = async ({ honest, die }) => {
  await honest();
  die();
};

/** An earlier process made the call, and died of it. */
const diedAt = async (world: CrashWorld, c: Configuration, method: string): Promise<void> => {
  await signal('provision')(world, c);
  const earlier = await world.worker();
  earlier.meet(method, diesAfter);
  await world.work(earlier, c, 120);
};

const fails = async (world: CrashWorld, c: Configuration, step: string): Promise<void> => {
  const { ctx } = await world.worker();
  const event = { type: 'StepFailed', step, code: 'told', detail: 'told by the test' } as const;
  const outcome = await world.bench.event(ctx, c, event);
  if (outcome.kind !== 'changed') throw new Error(`StepFailed was ${outcome.kind}`);
};

/** What it found was an orphan, and an operator has looked at it. */
const toAdopt = async (world: CrashWorld, c: Configuration): Promise<void> => {
  await signal('provision')(world, c);
  const earlier = await world.worker();
  await world.work(earlier, c, 120);
  const outcome = await world.bench.signal(earlier.ctx, c, 're-provision', true);
  if (outcome.kind !== 'changed') throw new Error(`re-provision was ${outcome.kind}`);
};

const sending = async (world: CrashWorld, c: Configuration): Promise<void> => {
  await signal('unlock')(world, c);
  await acceptJob((await world.worker()).ctx, c);
};

export const beginnings = {
  created: { prepare: created, start: signal('provision') },
  'its server’s answer was lost': { prepare: created, start: (world, c) => diedAt(world, c, 'servers.createServer') },
  'its domain’s answer was lost': { prepare: created, start: (world, c) => diedAt(world, c, 'domains.createDomain') },
  'its webhook’s answer was lost': { prepare: created, start: (world, c) => diedAt(world, c, 'webhooks.createWebhook') },
  'its server was made by hand, and is to be adopted': {
    prepare: created,
    start: async (world, c) => {
      const { ctx } = await world.worker();
      await ctx.ports.servers.createServer(serverNameOf(sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName)));
      await toAdopt(world, c);
    },
  },
  'its domain was made by hand, and is to be adopted': {
    prepare: created,
    start: async (world, c) => {
      const { ctx } = await world.worker();
      const name = sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName);
      await ctx.ports.domains.createDomain(name, returnPathDomainOf(name));
      await toAdopt(world, c);
    },
  },
  'waiting for its verification': { prepare: unverified, start: isDue('check-verification') },
  'its webhook is installed': { prepare: unwritten, start: isDue('write-records') },
  'its records are not seen at first': {
    prepare: unverified,
    async start(world, c) {
      await isDue('check-verification')(world, c);
      const earlier = await world.worker();
      earlier.meet('probe.txt', () => ({ kind: 'absent' }));
      earlier.meet('domains.listDomains', ({ die }) => die());
      await world.work(earlier, c, 120);
      // The first poll is made again by the row's own process, which sees as little.
      await world.outside.control.fault({ service: 'dns', operation: 'TXT', kind: 'status', times: 1 });
    },
  },
  'being removed': { prepare: provisioned, start: signal('remove') },
  'being removed for so long that an operator is to be told': {
    prepare: provisioned,
    async start(world, c) {
      await signal('remove')(world, c);
      await world.bench.rows(sql.unsafe`
        update effect set created_at = created_at - interval '11 minutes' where configuration_e_id = ${c.eId} and settled_at is null`);
      await world.outside.control.fault({ service: 'postmark', operation: 'DELETE /domains/{id}', kind: 'throttle', times: 1 });
    },
  },
  'its step failed after its records were sent': {
    prepare: created,
    async start(world, c) {
      await diedAt(world, c, 'zone.change');
      await fails(world, c, 'writeRecords');
    },
  },
  'its step failed before its server was known': {
    prepare: created,
    async start(world, c) {
      await diedAt(world, c, 'servers.createServer');
      await fails(world, c, 'createServer');
    },
  },
  'its step failed before its domain was known': {
    prepare: created,
    async start(world, c) {
      await diedAt(world, c, 'domains.createDomain');
      await fails(world, c, 'createDomain');
    },
  },
  'being locked, with a message queued': {
    prepare: provisioned,
    async start(world, c) {
      await sending(world, c);
      await signal('lock')(world, c);
    },
  },
  'locked by force, with a message queued': {
    prepare: provisioned,
    async start(world, c) {
      await sending(world, c);
      await signal('force-lock')(world, c);
    },
  },
  'failed while sending': {
    prepare: provisioned,
    async start(world, c) {
      const { ctx } = await world.worker();
      await world.bench.event(ctx, c, { type: 'FailureThresholdCrossed', code: 'postmark_10', detail: 'bad token' });
    },
  },
} satisfies Record<string, Steps>;

export const beginningOf = (beginning: Beginning): Steps => beginnings[beginning];
