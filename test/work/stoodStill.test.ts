/**
 * A process that stood still while its work was taken over and the lifecycle moved on, and that then wakes in the middle of what it did: what it still
 * does touches nothing of what is there now.
 */
import { expect, test } from 'vitest';
import type { Configuration } from '../../service/core/configuration/records.ts';
import { sender } from '../../service/work/sender.ts';
import { sweep } from '../../service/work/tick.ts';
import { acceptJob, jobRow } from '../support/acceptJobs.ts';
import { createTestDatabase } from '../support/database.ts';
import { lostAfter, meanwhile, throttled } from '../support/fakeCalls.ts';
import { WorkBench } from '../support/workBench.ts';
import { mortal } from './crash/mortal.ts';

const bench = new WorkBench(await createTestDatabase());
const is = (operational: Configuration['operational']) => (c: Configuration) => c.operational === operational;

test('it does not ask for the records of a configuration that failed meanwhile', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b', { stepPatienceMinutes: 1 })];
  const c = await bench.create(a);
  for (const step of ['createDomain', 'installWebhook', 'writeRecords']) {
    await bench.effects(a);
    expect((await bench.read(c)).step).toBe(step);
  }
  const still = mortal(a);
  // It has read the configuration, and acts on what it has read when that has long been over.
  still.meet('db.maybeOne', async ({ honest }) => {
    const read = await honest();
    await bench.die(a);
    bench.outside.always('change', throttled);
    expect((await bench.workFor(b, 300, is('MISSING'), c)).operational).toBe('MISSING');
    bench.outside.always('change', null);
    return read;
  });
  await bench.effects(still.ctx);
  expect(still.hasMetAll()).toBe(true);
  bench.pass(60);
  await bench.workOff(b);
  expect(bench.zone.records.size).toBe(0);
});

test('it does not delete the records that a re-provisioning has written meanwhile', async () => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  const created = await bench.create(a);
  await bench.workFor(a, 60, is('AWAITING_VERIFICATION'), created);
  const c = await bench.read(created);
  await bench.signal(a, c, 'remove');
  const moveOn = meanwhile(async () => {
    await bench.die(a);
    expect((await bench.workFor(b, 60, is('REMOVED'), c)).operational).toBe('REMOVED');
    const heir = await bench.create(b, { slug: c.sendingDomainSlug, tenantId: 'heir' });
    expect((await bench.workFor(b, 60, is('AWAITING_VERIFICATION'), heir)).operational).toBe('AWAITING_VERIFICATION');
  });
  bench.outside.next('listRecords', moveOn);
  await bench.effects(a);
  await bench.zoneWrites(b);
  await bench.zoneWrites(b);
  expect(bench.zone.records.size).toBe(2);
});

const serverOf = (slug: string): number => bench.postmark.addServer(`example-dev-${slug}`).serverId;
const domainOf = (slug: string): number => bench.postmark.addDomain(`${slug}.dev.example.net`, 'pm-bounces').domainId;

test.each([
  ['server', 'createServer', 'findServerByName', serverOf],
  ['domain', 'createDomain', 'findDomainByName', domainOf],
] as const)('it does not delete the %s that the next owner of its name has made meanwhile', async (_what, create, find, make) => {
  const [a, b] = [await bench.worker('a'), await bench.worker('b')];
  const created = await bench.create(a);
  bench.outside.next(create, lostAfter);
  if (create === 'createDomain') await bench.effects(a);
  await bench.effects(a);
  await bench.event(a, created, { type: 'StepFailed', step: create, code: 'told', detail: 'told by the test' });
  let theirs = 0;
  // Its look for the name comes back when the name belongs to another, whose row does not say so yet.
  const moveOn = meanwhile(async () => {
    await bench.die(a);
    expect((await bench.workFor(b, 60, is('MISSING'), created)).operational).toBe('MISSING');
    theirs = make(created.sendingDomainSlug);
  });
  bench.outside.next(find, moveOn);
  await bench.effects(a);
  expect([...bench.postmark.servers.keys(), ...bench.postmark.domains.keys()]).toEqual([theirs]);
});

test('it does not hand over messages that were taken from it meanwhile', async () => {
  // A lease so short that no claim is young enough to be trusted without a look.
  const [a, b] = [await bench.worker('a', { leaseSeconds: 0.001 }), await bench.worker('b')];
  const job = await acceptJob(a, await bench.sendable(a));
  const still = mortal(a);
  // Between its claim and its call.
  still.meet('db.maybeOne', async ({ honest }) => {
    await bench.die(a);
    expect(await sweep(b)).toBe(1);
    return honest();
  });
  await bench.send(still.ctx, sender(still.ctx));
  expect(still.hasMetAll()).toBe(true);
  expect([bench.mail.calls, (await jobRow(bench, job))['status']]).toEqual([[], 'HELD']);
});
