/** A bench whose outside is the sandbox: workers that may die, and what is true of a configuration in the end. */
import type { Configuration } from '../../../service/core/configuration/records.ts';
import { sql } from '../../../service/store/pool.ts';
import type { WorkSettings } from '../../../service/work/workContext.ts';
import type { TestDatabase } from '../../support/database.ts';
import { WorkBench } from '../../support/workBench.ts';
import { type Mortal, mortal } from './mortal.ts';
import { provisionedOverTheWire } from './provisionedOverTheWire.ts';
import { type Keyring, type RealOutside, startRealOutside } from './realOutside.ts';

const settledStates = ['PENDING', 'OK', 'DEGRADED', 'FAILURE', 'UNVERIFIED', 'MISSING', 'REMOVED'];
/** It goes nowhere from here by itself. */
export const hasCome = (c: Configuration): boolean => settledStates.includes(c.operational) && c.administrative !== 'LOCKING';

const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]);

export class CrashWorld {
  readonly bench: WorkBench;
  readonly outside: RealOutside;
  readonly #keyring: Keyring;
  #workers = 0;

  private constructor(bench: WorkBench, outside: RealOutside, keyring: Keyring) {
    this.bench = bench;
    this.outside = outside;
    this.#keyring = keyring;
  }

  static async start(database: TestDatabase): Promise<CrashWorld> {
    const outside = await startRealOutside();
    return new CrashWorld(new WorkBench(database), outside, await outside.freshKeyring());
  }

  /** A process of its own. */
  async worker({ keyring = this.#keyring, ...given }: Partial<WorkSettings> & { keyring?: Keyring } = {}): Promise<Mortal> {
    this.#workers += 1;
    const ctx = await this.bench.worker(`worker-${this.#workers}`, { ...this.outside.zone, ...given });
    const ports = { ...this.outside.ports(), incidents: ctx.ports.incidents };
    return mortal({ ...ctx, ports, keyring });
  }

  /** What is due, and what falls due within so many seconds, until the process dies, has met what it was to meet, or the configuration has come where it goes. */
  async work(worker: Mortal, c: Configuration, seconds: number, until: (c: Configuration) => boolean = hasCome): Promise<void> {
    try {
      await this.bench.workFor(worker.ctx, seconds, (now) => until(now) || worker.isDead(), c);
    } catch (error) {
      if (!worker.isDead()) throw error;
    }
    if (worker.isDead()) await this.bench.die(worker.ctx);
  }

  async create(count: number): Promise<Configuration[]> {
    const { ctx } = await this.worker();
    const made: Configuration[] = [];
    for (let n = 0; n < count; n += 1) {
      const slug = `c${made.length}x${this.#workers}`;
      made.push(await this.bench.create(ctx, { tenantId: slug, slug, provision: false }));
    }
    return made;
  }

  /** Verified and locked, or come as far as that event. Their tasks are not run: the outside is asked as they would, and their answers are told. */
  async provisioned(count: number, last: 'WebhookInstalled' | 'RecordsWritten' | 'Verified' = 'Verified'): Promise<Configuration[]> {
    const { ctx } = await this.worker();
    const all = await this.create(count);
    const made = await Promise.all(all.map((each) => provisionedOverTheWire(ctx, each)));
    const changes = last === 'WebhookInstalled' ? [] : made.flatMap((each) => each.changes);
    if (changes.length > 0) await ctx.ports.zone.change(ctx.settings.zoneId, changes);
    for (const [n, each] of all.entries()) {
      await this.bench.signal(ctx, each, 'provision');
      for (const event of made[n]?.events ?? []) {
        const outcome = await this.bench.event(ctx, each, event);
        if (outcome.kind !== 'changed') throw new Error(`${event.type} was ${outcome.kind}`);
        if (event.type === last) break;
      }
    }
    await this.bench.rows(sql.unsafe`update effect set settled_at = created_at, outcome = 'told by the test' where settled_at is null`);
    return Promise.all(all.map((each) => this.bench.read(each)));
  }

  /** In words: its state, what the provider and the zone hold under its names, and whatever does not fit. */
  async truthOf(c: Configuration): Promise<string> {
    const now = await this.bench.read(c);
    const state = `${now.operational} ${now.administrative}${now.lastFailureCode === null ? '' : ` (${now.lastFailureCode})`}`;
    return [state, await this.#holdings(now), ...(await this.#oddities(now))].join('; ');
  }

  async #holdings(c: Configuration): Promise<string> {
    const { postmark, route53 } = await this.outside.control.state();
    const { mailZoneName } = this.outside.zone;
    const domain = `${c.sendingDomainSlug}.${mailZoneName}`;
    const name = domain.split('.').reverse().slice(1).join('-');
    const servers = postmark.servers.filter(({ Name }) => Name === name);
    const retired = postmark.servers.filter(({ Name }) => Name.startsWith(`retired-${name}-`));
    const domains = postmark.domains.filter(({ Name }) => Name === domain);
    const webhooks = [...servers, ...retired].flatMap((server) => server.webhooks);
    const records = route53.zones.flatMap((zone) => zone.records).filter(({ Name }) => Name.includes(`${domain}.`));
    const mine = (held: { ID: number }[], id: number | null): string => (held.length === 1 && held[0]?.ID !== id ? ' of another’s id' : '');
    return (
      [
        ...counted(servers.length, `server${mine(servers, c.serverId)}`),
        ...counted(domains.length, `domain${mine(domains, c.domainId)}`),
        ...counted(webhooks.length, `webhook${mine(webhooks, c.webhookId)}`),
        ...counted(records.length, 'record'),
        ...counted(
          retired.length,
          retired.every(({ ID }) => c.retiredServerIds.includes(ID)) ? 'retired server' : 'unknown retired server',
        ),
      ].join(', ') || 'nothing'
    );
  }

  async #oddities(c: Configuration): Promise<string[]> {
    const rows = await this.bench.rows(sql.unsafe`
      select e.kind from effect e where e.configuration_e_id = ${c.eId} and e.settled_at is null and e.generation = ${c.generation}`);
    const jobs = await this.bench.rows(sql.unsafe`
      select j.status, count(*)::int as count from email_job j where j.configuration_e_id = ${c.eId} group by j.status order by j.status`);
    const told = this.bench.incidents.filter(({ context }) => context['eId'] === c.eId);
    return [
      ...rows.map(({ kind }) => `${String(kind)} still to be done`),
      ...jobs.map(({ status, count }) => `${String(count)} ${String(status)}`),
      ...(told.length === 0 ? [] : [`Sentry told ${told.length === 1 ? 'once' : `${told.length} times`}`]),
    ];
  }

  /** An outside that nobody has called yet; a row's settings are its own. */
  async afresh(settings: Record<string, boolean | number>): Promise<void> {
    await this.outside.reset();
    await this.outside.control.settings(settings);
  }
}
