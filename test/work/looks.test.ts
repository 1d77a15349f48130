/** Looks at many domains that wait: what stands in their way, who comes first, and what is given back. */
import { expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import type { RecordProbe } from '../../service/ports/ports.ts';
import { sql } from '../../service/store/pool.ts';
import { lanes } from '../../service/work/lanes.ts';
import { runLooks } from '../../service/work/looks.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { createTestDatabase } from '../support/database.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

/** Waits, after its first look. */
const awaiting = async (ctx: WorkContext): Promise<Configuration> => {
  const created = await bench.create(ctx);
  return bench.workFor(ctx, 5, (c) => c.operational === 'AWAITING_VERIFICATION' && c.verificationPolls > 0, created);
};

/** So many more like it, each with its look, due now. */
const clone = async (of: Configuration, count: number): Promise<void> => {
  await bench.rows(sql.unsafe`
    with made as (
      insert into configuration (tenant_id, e_id, sending_domain_slug, from_local_part, operational, administrative, operational_since,
        administrative_since, generation, routing_token, routing_token_hash, domain_id, dkim_name, dkim_value, return_path_name, return_path_value,
        verification_started_at, verification_polls, created_at, updated_at)
      select c.tenant_id, gen_random_uuid(), c.sending_domain_slug || n, 'noreply', c.operational, c.administrative, c.operational_since,
        c.administrative_since, c.generation, 'r', n::text, c.domain_id, c.dkim_name, c.dkim_value, c.return_path_name, c.return_path_value,
        c.verification_started_at, 100, c.created_at, c.updated_at
      from configuration c, generate_series(1, ${count}) n where c.e_id = ${of.eId} returning *
    )
    insert into effect (tenant_id, id, configuration_e_id, kind, generation, run_at, created_at)
    select m.tenant_id, gen_random_uuid(), m.e_id, 'check-verification', m.generation, ${sql.timestamp(bench.now)}, m.created_at from made m`);
};

const look = async (ctx: WorkContext, asksForMs?: number): Promise<void> => {
  const open = lanes(
    1,
    () => {},
    (error) => bench.told.push({ what: 'trouble', detail: ['lane', String(error)] }),
  );
  await runLooks(ctx, open, asksForMs);
  await open.idle();
};

/** The same worker, whose questions to DNS are counted, and may fail. */
const probing = (ctx: WorkContext, fail = () => false): { ctx: WorkContext; asked: () => number } => {
  let asked = 0;
  const { txt, cname } = ctx.ports.probe;
  const counted = (ask: RecordProbe['txt']) => async (name: string) => {
    asked += 1;
    if (fail()) throw new Error('a fault of the code');
    return ask(name);
  };
  return { ctx: { ...ctx, ports: { ...ctx.ports, probe: { txt: counted(txt), cname: counted(cname) } } }, asked: () => asked };
};

const waits = (c: Configuration) =>
  bench.row(sql.unsafe`
    select extract(epoch from e.run_at - ${sql.timestamp(bench.now)})::int as seconds, e.last_error as seen, e.holder
    from effect e where e.configuration_e_id = ${c.eId} and e.settled_at is null`);

test('when there is no time to ask for all, a domain whose records have just appeared is looked at again a second later', async () => {
  const ctx = await bench.worker('a');
  bench.zone.hidden = true;
  const c = await awaiting(ctx);
  for (let n = 0; n < 5; n += 1) {
    bench.pass(30);
    await bench.workOff(ctx);
  }
  bench.zone.hidden = false;
  bench.pass(30);
  const before = bench.outside.count('verifyDkim');
  await look(ctx, 0);
  expect(await waits(c)).toMatchObject({ seconds: 1, holder: null });
  bench.pass(1);
  await look(ctx);
  expect(bench.outside.count('verifyDkim') - before).toBe(1);
  // Now they are known, and Postmark has said no: without time to ask, its list will do until the next interval.
  bench.pass(30);
  await look(ctx, 0);
  expect(await waits(c)).toMatchObject({ seconds: 30, seen: expect.stringMatching(/DKIM present.*Postmark \(listed\)/) });
  expect(bench.outside.count('verifyDkim') - before).toBe(1);
});

test('one list of Postmark’s, and one question for each name, however many wait', async () => {
  const ctx = await bench.worker('a');
  bench.zone.hidden = true;
  await clone(await awaiting(ctx), 150);
  bench.pass(30);
  const lists = bench.outside.count('listDomains');
  const counted = probing(ctx);
  await look(counted.ctx, 0);
  expect(bench.outside.count('listDomains') - lists).toBe(1);
  expect(counted.asked()).toBe(302);
  expect(
    await bench.row(sql.unsafe`
    select count(*)::int as left from effect where settled_at is null and (holder is not null or run_at <= ${sql.timestamp(bench.now)})`),
  ).toEqual({ left: 0 });
});

test('while the name servers answer nobody they are asked for some, and no look is a verdict', async () => {
  const ctx = await bench.worker('a');
  bench.zone.hidden = true;
  const c = await awaiting(ctx);
  await clone(c, 150);
  bench.zone.answers.set(c.dkimName ?? '', 'unreachable');
  bench.zone.answers.set(c.returnPathName ?? '', 'unreachable');
  bench.pass(30);
  const counted = probing(ctx);
  await look(counted.ctx, 0);
  expect(counted.asked()).toBeGreaterThan(60);
  expect(counted.asked()).toBeLessThan(140);
  const states = await bench.rows(sql.unsafe`select operational, count(*)::int as n from configuration group by 1`);
  expect(states).toEqual([{ operational: 'AWAITING_VERIFICATION', n: 151 }]);
});

test('a fault of our own is told, and every look of its pass is taken again', async () => {
  const ctx = await bench.worker('a');
  bench.zone.hidden = true;
  const c = await awaiting(ctx);
  bench.pass(30);
  await look(probing(ctx, () => true).ctx);
  expect(bench.troubles()).toHaveLength(1);
  await ctx.leftovers.pass();
  expect(await waits(c)).toMatchObject({ seconds: 1, holder: null });
  bench.pass(1);
  await look(ctx);
  expect(await waits(c)).toMatchObject({ seconds: 30, holder: null });
});

test('a look of an older window settles as superseded, and sees nothing', async () => {
  const ctx = await bench.worker('a');
  bench.zone.hidden = true;
  const c = await awaiting(ctx);
  await bench.signal(ctx, c, 're-verify');
  bench.pass(30);
  const counted = probing(ctx);
  await look(counted.ctx, 0);
  expect(counted.asked()).toBe(2);
  expect(
    await bench.rows(sql.unsafe`
      select outcome, intent_at as intent from effect where kind = 'check-verification' and generation < (select generation from configuration)
        and outcome <> 'VerificationChecked'`),
  ).toEqual([{ outcome: 'superseded', intent: null }]);
});
