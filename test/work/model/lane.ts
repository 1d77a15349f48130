/**
 * The real thing under the verbs of `world.ts`: `apply`, claims, leases and reconciliation on a database of its own, with the crashes that a process can
 * die of. The runs of one lane follow each other; lanes go side by side.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect } from 'vitest';
import { allowedSignals } from '../../../service/core/configuration/decide.ts';
import { administrativeStates, operationalStates, provisioningSteps } from '../../../service/core/configuration/records.ts';
import { canSend, statusOf } from '../../../service/core/configuration/sendable.ts';
import { claimEffects, claimLooks, type EffectClaim, postponeEffect, settleEffect } from '../../../service/store/effects.ts';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from '../../../service/store/pool.ts';
import { apply } from '../../../service/work/apply.ts';
import { createConfiguration } from '../../../service/work/createConfiguration.ts';
import { reconcile } from '../../../service/work/tick.ts';
import type { WorkContext } from '../../../service/work/workContext.ts';
import { createTestDatabase } from '../../support/database.ts';
import { listener } from '../../support/listener.ts';
import { WorkBench } from '../../support/workBench.ts';
import { eventOf } from './eventOf.ts';
import { expectedOf, type Observed, observe } from './observed.ts';
import * as reference from './reference.ts';
import { type Act, type Answered, type Author, type Claim, configurationAt, type Holder, otherCanSend, type World } from './world.ts';

/** A process that dies inside `apply`: after so many statements of its transaction, or with the commit done and nobody told. */
export type Death = { after: number } | { after: 'commit' };
class Died extends Error {}

/** Two are held, since a race needs two; a reconciliation needs two besides. */
const connections = 4;
/** Runs between two of them leave dead rows behind; emptying is dearer than deleting, and cheaper than reading past thousands. */
const runsBetweenTruncates = 50;
const wholeHistory = 1000;

/** Statements are counted as the transaction sends them; more than there are means: dies when it is about to commit. */
const dyingAfter = (db: DatabaseTransactionConnection, statements: number): DatabaseTransactionConnection => {
  let left = statements;
  const counted = new Set(['query', 'one', 'maybeOne', 'any']);
  return new Proxy(db, {
    get: (target, name, receiver) => {
      if (typeof name === 'string' && counted.has(name)) {
        left -= 1;
        if (left < 0) throw new Died();
      }
      return Reflect.get(target, name, receiver);
    },
  });
};

const poolOf = (db: DatabasePool, { after }: Death): DatabasePool => ({
  ...db,
  transaction: async (work) => {
    if (after === 'commit') await db.transaction(work);
    else await db.transaction((connection) => work(dyingAfter(connection, after)).then(() => Promise.reject(new Died())));
    throw new Died();
  },
});

type Held = { db: DatabasePool; release(): void };

/**
 * The pool, with one session for its transactions as long as the lane lasts: the pool would end a connection with every transaction that fails, and they
 * are dear. Other statements go another way, so that what is written beside a transaction shows when that is rolled back.
 */
const hold = async (pool: DatabasePool): Promise<Held> => {
  const held = Promise.withResolvers<Held>();
  const released = Promise.withResolvers<void>();
  const session = pool.connect(async (connection) => {
    const transaction: DatabasePool['transaction'] = (...given) => connection.transaction(...given);
    held.resolve({ db: { ...pool, transaction }, release: released.resolve });
    await released.promise;
  });
  session.catch(held.reject);
  return held.promise;
};

const keyOf = ({ configuration, effect, fence }: Claim): string => `${configuration}/${effect}/${fence}`;

export class Lane {
  readonly #bench: WorkBench;
  readonly #first: DatabasePool;
  readonly #second: DatabasePool;
  #ctx: WorkContext | null = null;
  #ids = 0;
  #acts = 0;
  #runs = 0;
  #last: readonly Observed[] = [];
  readonly #claims = new Map<string, EffectClaim>();
  /** Situations whose derived answers were compared: they depend on nothing else, and asking once is enough. */
  readonly #derived = new Set<string>();

  private constructor(bench: WorkBench, first: DatabasePool, second: DatabasePool) {
    this.#bench = bench;
    this.#first = first;
    this.#second = second;
  }

  static async open(): Promise<Lane> {
    const database = await createTestDatabase({ maximumPoolSize: connections });
    const [first, second] = [await hold(database.pool), await hold(database.pool)];
    afterAll(() => {
      first.release();
      second.release();
    });
    return new Lane(new WorkBench(database), first.db, second.db);
  }

  async begin({ limits }: World): Promise<void> {
    this.#ids = 0;
    this.#acts = 0;
    this.#last = [];
    this.#claims.clear();
    const given = {
      pollingIntervalSeconds: limits.pollingIntervalMs / 1000,
      pollingTimeoutHours: limits.pollingTimeoutMs / 3_600_000,
      failureThreshold: limits.failureThreshold,
      leaseSeconds: 3600,
    };
    this.#ctx = { ...(await this.#bench.worker('first', given)), db: this.#first, observe: listener([]), newId: () => this.#newId() };
  }

  async end(): Promise<void> {
    this.#runs += 1;
    await this.#first.query(
      this.#runs % runsBetweenTruncates === 0
        ? sql.typeAlias('void')`truncate configuration, configuration_event, effect, slug_claim, worker_lease`
        : sql.typeAlias('void')`
          with c as (delete from configuration), h as (delete from configuration_event), e as (delete from effect), s as (delete from slug_claim)
          delete from worker_lease`,
    );
  }

  #newId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  #context(world: World): WorkContext {
    if (this.#ctx === null) throw new Error('the run has not begun');
    this.#bench.now = new Date(world.now);
    return this.#ctx;
  }

  /** Never the same twice in a run. */
  author(): Author {
    this.#acts += 1;
    return { author: `author-${this.#acts % 3}`, requestId: `request-${this.#acts}` };
  }

  async create(world: World, tenant: string, slug: string, by: Author): Promise<Answered> {
    const request = { tenantId: tenant, slug, fromLocalPart: 'noreply', fromName: null, replyToEmail: null, provision: false };
    return { kind: (await createConfiguration(this.#context(world), request, by)).kind };
  }

  /** Two at the same moment, each on a connection of its own. */
  race(world: World, one: Act, other: Act): Promise<(Answered | 'died')[]> {
    return Promise.all([this.#perform(world, one, this.#first), this.#perform(world, other, this.#second)]);
  }

  perform(world: World, act: Act, death?: Death): Promise<Answered | 'died'> {
    return this.#perform(world, act, death === undefined ? this.#first : poolOf(this.#first, death));
  }

  async #perform(world: World, { told, by, ...of }: Act, db: DatabasePool): Promise<Answered | 'died'> {
    const ctx = this.#context(world);
    const { tenant, eId } = this.#observed('claim' in of ? of.claim.configuration : of.configuration % world.configurations.length);
    const answers = 'claim' in of ? { answers: this.#claimed(of.claim) } : {};
    try {
      const outcome = await apply({ ...ctx, db }, { tenantId: tenant, eId, event: eventOf(told), caller: by, ...answers });
      if (outcome.kind === 'notFound') throw new Error('apply did not find the configuration');
      return outcome.kind === 'refused'
        ? { kind: outcome.kind, code: outcome.code, allowedSignals: outcome.allowedSignals }
        : { kind: outcome.kind };
    } catch (error) {
      if (error instanceof Died) return 'died';
      throw error;
    }
  }

  async claimDue(world: World, { name }: Holder): Promise<Claim[]> {
    const { db } = this.#context(world);
    const claims: Claim[] = [];
    const [steps, looks] = [await claimEffects(db, name, new Date(world.now), 100), await claimLooks(db, name, new Date(world.now), 100)];
    for (const claim of [...steps, ...looks]) {
      const configuration = this.#last.findIndex(({ eId }) => eId === claim.configurationEId);
      const effect = this.#observed(configuration).effects.findIndex(({ id }) => id === claim.id);
      const { kind, generation, fence } = claim;
      claims.push({ configuration, effect, kind, generation, fence });
      this.#claims.set(keyOf({ configuration, effect, kind, generation, fence }), claim);
    }
    return claims.sort((a, b) => a.configuration - b.configuration || a.effect - b.effect);
  }

  async settle(world: World, claim: Claim, outcome: string): Promise<void> {
    await settleEffect(this.#context(world).db, this.#claimed(claim), outcome, new Date(world.now));
  }

  async postpone(world: World, claim: Claim, runAt: number): Promise<void> {
    await postponeEffect(this.#context(world).db, this.#claimed(claim), new Date(runAt), 'not yet');
  }

  async start({ name }: Holder): Promise<void> {
    await this.#bench.worker(name, { leaseSeconds: 3600 });
  }

  async die(world: World, { name }: Holder): Promise<void> {
    await this.#bench.die({ ...this.#context(world), holder: name });
  }

  reconcile(world: World): Promise<number> {
    return reconcile(this.#context(world));
  }

  #observed(index: number): Observed {
    const found = this.#last[index];
    if (found === undefined) throw new Error(`no configuration ${index} was seen`);
    return found;
  }

  #claimed(claim: Claim): EffectClaim {
    const found = this.#claims.get(keyOf(claim));
    if (found === undefined) throw new Error(`nobody claimed ${keyOf(claim)}`);
    return found;
  }

  /** As the last comparison saw it: `OK LOCKED`. */
  whereIs(index: number): string {
    const { place, administrative } = this.#observed(index);
    return `${place} ${administrative}`;
  }

  /** Whether the database is as expected; when it is not, how it differs is thrown. */
  async matches(world: World): Promise<boolean> {
    return isDeepStrictEqual(...(await this.#both(world, 1)));
  }

  async compare(world: World, { whole = false } = {}): Promise<void> {
    const [seen, expected] = await this.#both(world, whole ? wholeHistory : 1);
    // Its own comparison is slow, and only its words are needed.
    if (!isDeepStrictEqual(seen, expected)) expect(seen).toStrictEqual(expected);
    this.#oneSender();
    for (const index of world.configurations.keys()) this.#compareDerived(world, index);
  }

  async #both(world: World, eventsMax: number): Promise<[unknown, unknown]> {
    this.#last = await observe(this.#context(world).db, eventsMax);
    const seen = this.#last.map(({ eId: _, effects, ...c }) => ({ ...c, effects: effects.map(({ id: _id, ...effect }) => effect) }));
    return [seen, expectedOf(world, eventsMax)];
  }

  /** Said once more without the reference: of one tenant at most one can send. */
  #oneSender(): void {
    const senders = this.#last.filter(({ place, administrative }) => /^(OK|DEGRADED)$/.test(place) && administrative === 'UNLOCKED');
    expect(new Set(senders.map(({ tenant }) => tenant)).size, 'a tenant has two senders').toBe(senders.length);
  }

  #compareDerived(world: World, index: number): void {
    const c = configurationAt(world, index);
    const other = otherCanSend(world, c);
    const key = `${c.place} ${c.administrative} ${other}`;
    if (this.#derived.has(key)) return;
    const [operational, step = null] = c.place.split('.');
    const state = {
      operational: oneOf(operationalStates, operational),
      step: step === null ? null : oneOf(provisioningSteps, step),
      administrative: oneOf(administrativeStates, c.administrative),
    };
    const derived = { status: statusOf(state), canSend: canSend(state), allowedSignals: allowedSignals(state, other) };
    const expected = { status: reference.statusOf(c), canSend: reference.canSend(c), allowedSignals: reference.allowedSignals(c, other) };
    expect(derived, key).toEqual(expected);
    this.#derived.add(key);
  }
}

const oneOf = <T extends string>(known: readonly T[], name: string | undefined): T => {
  const found = known.find((each) => each === name);
  if (found === undefined) throw new Error(`${name} is none of ${known.join(', ')}`);
  return found;
};
