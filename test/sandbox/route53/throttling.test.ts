import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  GetHostedZoneCommand,
  GetHostedZoneCountCommand,
  waitUntilResourceRecordSetsChanged,
} from '@aws-sdk/client-route-53';
import { beforeEach, describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../sandbox/route53/requestThrottle.ts';
import { rejection, sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture();
const zone = 'dev.ardamails.com';
const { route53, zoneId } = sandbox;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

const count = () => route53.send(new GetHostedZoneCountCommand({}));

async function throttledOf(calls: readonly (() => Promise<unknown>)[]): Promise<number> {
  let throttled = 0;
  for (const call of calls) {
    try {
      await call();
    } catch (cause) {
      if (!(cause instanceof Error) || cause.name !== 'Throttling') throw cause;
      throttled += 1;
    }
  }
  return throttled;
}

const upsert = (labels: readonly string[]) =>
  route53.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: {
        Changes: labels.map((label) => ({
          Action: 'UPSERT' as const,
          ResourceRecordSet: { Name: `${label}.${zone}`, Type: 'TXT' as const, TTL: 60, ResourceRecords: [{ Value: '"v"' }] },
        })),
      },
    }),
  );

/** Without a refill, so that the count does not depend on how long the calls take. */
const still = { throttling: 'documented', route53RequestsPerSecond: 0, route53ActionsPerSecond: 0, route53ChangesPerSecond: 0 };

describe('throttling', () => {
  it('is off unless switched on', async () => {
    await sandbox.post('/settings', { route53RequestsPerSecond: 0 });
    expect(await throttledOf(Array.from({ length: 60 }, () => count))).toBe(0);
  });

  it('lets a burst of 50 through and answers the 51st with Throttling, HTTP 400, "Rate exceeded"', async () => {
    await sandbox.post('/settings', still);
    expect(await throttledOf(Array.from({ length: 50 }, () => count))).toBe(0);
    expect(await rejection(count())).toEqual({ name: 'Throttling', status: 400, message: 'Rate exceeded' });
    await sandbox.post('/settings', { throttling: 'off' });
    await count();
  });

  it('has a bucket per action: CreateHostedZone has 40', async () => {
    await sandbox.post('/settings', { ...still, route53RequestBurst: 1000 });
    const create = (index: number) => () =>
      route53.send(new CreateHostedZoneCommand({ Name: `z${index}.example.com`, CallerReference: `r${index}` }));
    // Created within a second or two, in which two or three tokens a second come back.
    expect(await throttledOf(Array.from({ length: 60 }, (_, index) => create(index)))).toBeGreaterThan(5);
    await count();
  });

  it('has a bucket counted in single record changes', async () => {
    await sandbox.post('/settings', { ...still, route53ChangeBurst: 10 });
    await upsert(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(await rejection(upsert(['g', 'h', 'i', 'j', 'k']))).toMatchObject({ name: 'Throttling' });
    await upsert(['g', 'h', 'i', 'j']);
  });

  it('changes nothing and takes nothing from the other buckets when it refuses', async () => {
    await sandbox.post('/settings', { ...still, route53ChangeBurst: 1, route53RequestBurst: 5 });
    await upsert(['a']);
    for (let tries = 0; tries < 5; tries += 1) await rejection(upsert(['b']));
    expect(await throttledOf([count, count, count, count])).toBe(0);
    expect(JSON.stringify((await sandbox.get('/state')).body['route53'])).not.toContain(`b.${zone}`);
  });
});

describe('a token bucket', () => {
  it('is full at first, refills by its rate and never beyond its burst', () => {
    const bucket = new TokenBucket({ burst: { value: 5 }, perSecond: { value: 2 } });
    const taken = (nowMs: number): number => {
      let number = 0;
      for (; bucket.holds(1, nowMs); number += 1) bucket.take(1);
      return number;
    };
    expect([taken(0), taken(0), taken(499), taken(501), taken(1_000_000)]).toEqual([5, 0, 0, 1, 5]);
  });

  it('lets through what is larger than itself once it is full', () => {
    const bucket = new TokenBucket({ burst: { value: 5 }, perSecond: { value: 1 } });
    expect(bucket.holds(50, 0)).toBe(true);
    bucket.take(50);
    expect([bucket.holds(1, 0), bucket.holds(50, 4999), bucket.holds(50, 5000)]).toEqual([false, false, true]);
  });
});

describe('PriorRequestNotComplete', () => {
  it('refuses a change of the same zone while one is PENDING, when strict, and not of another zone', async () => {
    const other = await route53.send(new CreateHostedZoneCommand({ Name: 'other.example.com', CallerReference: 'o' }));
    await sandbox.post('/settings', { insyncMs: 30_000, priorRequestStrict: true });
    await upsert(['a']);
    expect(await rejection(upsert(['b']))).toMatchObject({ name: 'PriorRequestNotComplete', status: 400 });
    await route53.send(
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: other.HostedZone?.Id ?? '',
        ChangeBatch: {
          Changes: [
            {
              Action: 'CREATE',
              ResourceRecordSet: { Name: 'a.other.example.com', Type: 'A', TTL: 1, ResourceRecords: [{ Value: '10.0.0.1' }] },
            },
          ],
        },
      }),
    );
    await sandbox.post('/clock/advance', { seconds: 31 });
    await upsert(['b']);
  });
});

describe("the SDK's own waiter", () => {
  const waiting = { client: route53, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.05 };

  it('ends when the change is in sync', async () => {
    await sandbox.post('/settings', { insyncMs: 60_000 });
    const Id = (await upsert(['w'])).ChangeInfo?.Id ?? '';
    const waited = waitUntilResourceRecordSetsChanged(waiting, { Id });
    await sandbox.post('/clock/advance', { seconds: 61 });
    expect((await waited).state).toBe('SUCCESS');
  });

  it('does not mind answers that are throttled meanwhile', async () => {
    const Id = (await upsert(['w'])).ChangeInfo?.Id ?? '';
    await sandbox.post('/fault', { service: 'route53', operation: 'GetChange', kind: 'throttle', times: 2 });
    expect((await waitUntilResourceRecordSetsChanged(waiting, { Id })).state).toBe('SUCCESS');
    expect((await sandbox.get('/state')).body['calls']).toMatchObject({ route53: { GetChange: 3 } });
  });

  it('takes the id with and without its path', async () => {
    const Id = (await upsert(['w'])).ChangeInfo?.Id ?? '';
    expect((await waitUntilResourceRecordSetsChanged(waiting, { Id: Id.replace('/change/', '') })).state).toBe('SUCCESS');
    await route53.send(new GetHostedZoneCommand({ Id: `/hostedzone/${zoneId}` }));
  });
});
