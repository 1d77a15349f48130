/** Waiting for a domain to verify: our own look first, the provider asked when it can say yes, and nothing lost to a fault. */
import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sql } from '../../service/store/pool.ts';
import type { WorkContext } from '../../service/work/workContext.ts';
import { createTestDatabase } from '../support/database.ts';
import { lostBefore, unavailable } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';

const bench = new WorkBench(await createTestDatabase());

const awaiting = async (ctx: WorkContext, given: { visible?: boolean; tenantId?: string } = {}): Promise<Configuration> => {
  const { visible = true, ...request } = given;
  bench.zone.hidden = !visible;
  const created = await bench.create(ctx, request);
  return bench.workFor(ctx, 5, (c) => c.operational === 'AWAITING_VERIFICATION', created);
};
const polls = async (ctx: WorkContext, c: Configuration, count: number): Promise<Configuration> => {
  for (let n = 0; n < count; n += 1) {
    bench.pass(30);
    await bench.workOff(ctx);
  }
  return bench.read(c);
};
const later = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000);
const asked = () => bench.outside.count('verifyDkim');

test('when our name servers show both records the provider is asked with every look', async () => {
  const ctx = await bench.worker('a');
  const c = await awaiting(ctx);
  const before = asked();
  expect(before).toBe(1);
  await polls(ctx, c, 2);
  expect([asked() - before, bench.outside.count('verifyReturnPath'), bench.outside.count('listDomains')]).toEqual([2, 3, 0]);
});

test('until then it is asked with every fourth look, and its list is read in between', async () => {
  const ctx = await bench.worker('a');
  const c = await awaiting(ctx, { visible: false });
  const seen: number[] = [];
  for (let look = 2; look <= 9; look += 1) {
    await polls(ctx, c, 1);
    seen.push(asked());
  }
  expect(seen).toEqual([0, 0, 1, 1, 1, 1, 2, 2]);
});

test('of looks that see nothing new the 1st, 2nd, 4th, 8th … are events; the others are counted, and keep what they saw', async () => {
  const ctx = await bench.worker('a');
  const c = await awaiting(ctx, { visible: false });
  const events = async () =>
    (
      await bench.rows(sql.unsafe`
        select detail->>'looks' as looks from configuration_event where event = 'VerificationChecked' order by sequence`)
    ).map(({ looks }) => looks);
  const { verificationPolls } = await polls(ctx, c, 18);
  expect([await events(), verificationPolls]).toEqual([['1', '1', '2', '4', '8'], 16]);
  const [look, ...others] = await bench.rows(sql.unsafe`
    select attempts, last_error as seen, run_at as at from effect where kind = 'check-verification' and settled_at is null`);
  expect(others).toEqual([]);
  expect(look).toEqual({ attempts: 3, seen: expect.stringMatching(/DKIM absent.*DKIM not verified/), at: later(bench.now, 30) });
  bench.zone.hidden = false;
  await polls(ctx, c, 1);
  expect(await events()).toEqual(['1', '1', '2', '4', '8', '4']);
});

test('a domain that the provider has verified meanwhile is seen in its list', async () => {
  const ctx = await bench.worker('a');
  const c = await awaiting(ctx, { visible: false });
  bench.postmark.setFlags(c.domainId ?? 0, true, true);
  expect(await polls(ctx, c, 1)).toMatchObject({ operational: 'OK', dkimVerified: true, returnPathVerified: true, verifiedAt: bench.now });
  expect(asked()).toBe(0);
});

test('many that wait share one list', async () => {
  const ctx = await bench.worker('a');
  const all = [];
  for (let n = 0; n < 6; n += 1) all.push(await awaiting(ctx, { visible: false }));
  const before = bench.outside.count('listDomains');
  for (const c of all) await polls(ctx, c, 0);
  bench.pass(30);
  await bench.workOff(ctx);
  expect(bench.outside.count('listDomains') - before).toBe(1);
});

test('one flag is not enough, and both flags are kept as they are seen', async () => {
  const ctx = await bench.worker('a');
  const c = await awaiting(ctx);
  bench.postmark.setFlags(c.domainId ?? 0, true, false);
  expect(await polls(ctx, c, 1)).toMatchObject({ operational: 'AWAITING_VERIFICATION', dkimVerified: true, returnPathVerified: false });
  bench.postmark.setFlags(c.domainId ?? 0, false, false);
  expect(await polls(ctx, c, 1)).toMatchObject({ dkimVerified: false, returnPathVerified: false });
});

describe('a look that fails', () => {
  test.each([
    ['verifyDkim', unavailable],
    ['verifyReturnPath', lostBefore],
  ])('at %s leaves the flags as they were, and says so', async (call, behaviour) => {
    const ctx = await bench.worker('a');
    const c = await awaiting(ctx);
    bench.postmark.setFlags(c.domainId ?? 0, true, false);
    await polls(ctx, c, 1);
    bench.postmark.setFlags(c.domainId ?? 0, false, false);
    bench.outside.next(call, behaviour);
    expect(await polls(ctx, c, 1)).toMatchObject({ operational: 'AWAITING_VERIFICATION', dkimVerified: true, returnPathVerified: false });
    const { detail } = await bench.row(sql.unsafe`select detail from configuration_event order by sequence desc limit 1`);
    expect(detail).toMatchObject({ evidence: expect.stringContaining(call) });
  });

  test('at our name servers is not an absence, and the fourth look still asks', async () => {
    const ctx = await bench.worker('a');
    const c = await awaiting(ctx, { visible: false });
    bench.zone.answers.set(c.dkimName ?? '', 'unreachable');
    const later = await polls(ctx, c, 3);
    expect(asked()).toBe(1);
    const { detail } = await bench.row(sql.unsafe`
      select detail from configuration_event where configuration_e_id = ${later.eId} order by sequence desc limit 1`);
    expect(detail).toMatchObject({ evidence: expect.stringContaining('DKIM unreachable (no name server answered)') });
  });
});

describe('the window', () => {
  test('ends with a last look, which may still succeed', async () => {
    const ctx = await bench.worker('a', { pollingTimeoutHours: 0.02 });
    const c = await awaiting(ctx);
    await polls(ctx, c, 2);
    bench.postmark.setFlags(c.domainId ?? 0, true, true);
    bench.pass(12);
    await bench.workOff(ctx);
    expect((await bench.read(c)).operational).toBe('OK');
  });

  test('ends after 24 hours, neither sooner nor a whole interval later', async () => {
    const ctx = await bench.worker('a', { pollingIntervalSeconds: 7000 });
    const c = await awaiting(ctx);
    const start = (c.verificationStartedAt ?? bench.now).getTime();
    const ended = await bench.workFor(ctx, 100_000, (now) => now.operational !== 'AWAITING_VERIFICATION', c);
    expect(ended).toMatchObject({ operational: 'UNVERIFIED', dkimVerified: false });
    expect((ended.operationalSince.getTime() - start) / 3_600_000).toBe(24);
  });

  test('is opened afresh by re-verify, and the old look does not count any more', async () => {
    const ctx = await bench.worker('a');
    const c = await awaiting(ctx, { visible: false });
    await polls(ctx, c, 2);
    await bench.signal(ctx, c, 're-verify');
    await bench.workOff(ctx);
    expect(await bench.read(c)).toMatchObject({ verificationPolls: 1, verificationStartedAt: bench.now });
    expect(
      await bench.rows(
        sql.unsafe`select kind, run_at as at from effect where settled_at is null and configuration_e_id = ${c.eId} and generation = (select generation from configuration)`,
      ),
    ).toHaveLength(1);
    expect((await polls(ctx, c, 1)).verificationPolls).toBe(2);
  });
});
