import { beforeEach, describe, expect, it } from 'vitest';
import { dnsProbe } from '../../service/ports/dns.ts';
import { kms } from '../../service/ports/kms.ts';
import type { ZoneChange } from '../../service/ports/ports.ts';
import { route53 } from '../../service/ports/route53.ts';
import { outside } from './support/outside.ts';

const world = outside();
beforeEach(() => world().control('/reset'));

/** Nothing here waits for it to pass; a batch of 350 records on a machine with other work takes more than a second. */
const timeoutMs = 10_000;
const zone = () => route53({ endpoint: world().addresses.route53, timeoutMs });
const probe = () => dnsProbe({ servers: [world().addresses.dns], timeoutMs: 300, nameServers: async () => [] });
const upsert = (name: string, type: 'TXT' | 'CNAME', value: string): ZoneChange => ({
  action: 'UPSERT',
  record: { name, type, ttl: 300, values: [value] },
});
const key = `k=rsa;p=${'A'.repeat(392)}`;

describe('Route 53', () => {
  it('what is written is listed and answered in plain words, whatever the quoting and chunking on the way', async () => {
    const { zoneId, zoneName } = world();
    const changes = [
      upsert(`20260101pm._domainkey.acme.${zoneName}`, 'TXT', key),
      upsert(`PM-Bounces.acme.${zoneName}`, 'CNAME', 'pm.mtasv.net'),
    ];
    const { changeId } = await zone().change(zoneId, changes);
    expect(changeId).not.toContain('/');
    expect(await zone().changeStatus(changeId)).toBe('INSYNC');
    const { records, next } = await zone().listRecords(zoneId, null);
    expect(next).toBeNull();
    expect(records).toContainEqual({ name: `20260101pm._domainkey.acme.${zoneName}`, type: 'TXT', ttl: 300, values: [key] });
    expect(records).toContainEqual({ name: `pm-bounces.acme.${zoneName}`, type: 'CNAME', ttl: 300, values: ['pm.mtasv.net'] });
    expect(await probe().txt(`20260101pm._domainkey.acme.${zoneName}`)).toMatchObject({ kind: 'present', values: [key] });
    expect(await probe().cname(`pm-bounces.acme.${zoneName}`)).toMatchObject({ kind: 'present', values: ['pm.mtasv.net'] });
  });

  it('a change is pending until it is in sync', async () => {
    await world().control('/settings', { insyncMs: 5000 });
    const { zoneId, zoneName } = world();
    const { changeId } = await zone().change(zoneId, [upsert(`a.${zoneName}`, 'TXT', 'x')]);
    expect(await zone().changeStatus(changeId)).toBe('PENDING');
    await world().control('/clock/advance', { seconds: 6 });
    expect(await zone().changeStatus(changeId)).toBe('INSYNC');
  });

  it('a whole zone is read page by page, each record once', async () => {
    const { zoneId, zoneName } = world();
    const names = Array.from({ length: 700 }, (_, at) => `r${at}.${zoneName}`);
    for (let from = 0; from < names.length; from += 350) {
      await zone().change(
        zoneId,
        names.slice(from, from + 350).map((name) => upsert(name, 'TXT', name)),
      );
    }
    const seen: string[] = [];
    let pages = 0;
    for (let from: { name: string; type: string } | null = null, more = true; more; pages += 1) {
      const page = await zone().listRecords(zoneId, from);
      seen.push(...page.records.filter(({ type }) => type === 'TXT').map(({ name }) => name));
      from = page.next;
      more = from !== null;
    }
    expect(pages).toBe(3);
    expect(seen.sort()).toEqual(names.sort());
  });

  it('a bad change is refused as a whole with InvalidChangeBatch', async () => {
    const { zoneId, zoneName } = world();
    const gone: ZoneChange = { action: 'DELETE', record: { name: `b.${zoneName}`, type: 'TXT', ttl: 300, values: ['x'] } };
    const call = zone().change(zoneId, [upsert(`a.${zoneName}`, 'TXT', 'x'), gone]);
    await expect(call).rejects.toMatchObject({ detail: { class: 'refused', code: 'InvalidChangeBatch' } });
    expect((await zone().listRecords(zoneId, null)).records.filter(({ type }) => type === 'TXT')).toEqual([]);
  });

  it('a zone that is not there is refused with NoSuchHostedZone', async () => {
    await expect(zone().nameServers('ZNOTTHERE')).rejects.toMatchObject({ detail: { class: 'refused', code: 'NoSuchHostedZone' } });
  });

  it('knows the zone’s name servers', async () => {
    expect((await zone().nameServers(world().zoneId)).length).toBeGreaterThan(0);
  });

  it.each([
    ['throttle', 'throttled'],
    ['cut', 'unknown'],
    ['timeout-after', 'unknown'],
  ])('the fault %s is %s', async (kind, expected) => {
    await world().control('/fault', { service: 'route53', kind, times: 1 });
    const call = zone().change(world().zoneId, [upsert(`a.${world().zoneName}`, 'TXT', 'x')]);
    await expect(call).rejects.toMatchObject({ detail: { class: expected } });
  });
});

describe('DNS', () => {
  it('a name without the record is absent, and a write is seen at once: nothing in between remembers', async () => {
    const { zoneId, zoneName } = world();
    const look = probe();
    expect(await look.txt(`a.${zoneName}`)).toEqual({ kind: 'absent' });
    await zone().change(zoneId, [upsert(`a.${zoneName}`, 'TXT', 'one')]);
    expect(await look.txt(`a.${zoneName}`)).toMatchObject({ values: ['one'] });
    expect(await look.cname(`a.${zoneName}`), 'the name is there, the type is not').toEqual({ kind: 'absent' });
    await zone().change(zoneId, [upsert(`a.${zoneName}`, 'TXT', 'two')]);
    expect(await look.txt(`a.${zoneName}`)).toMatchObject({ values: ['two'] });
  });

  it.each(['timeout-before', 'status', 'cut'])('the fault %s is unreachable, not absent', async (kind) => {
    await world().control('/fault', { service: 'dns', kind, times: 20 });
    expect(await probe().txt(`a.${world().zoneName}`)).toMatchObject({ kind: 'unreachable' });
    await fetch(`${world().addresses.control}/fault`, { method: 'DELETE' });
  });
});

describe('KMS', () => {
  const wrapper = () => kms({ endpoint: world().addresses.kms, region: 'us-east-1', timeoutMs });
  const context = { partition: 'Alpha002-dev', keyVersionId: 'v1', purpose: 'email-server-token' };

  it('a wrapped key opens under the same context, and under no other', async () => {
    const { kmsKeyArn } = world();
    const { plaintext, wrapped } = await wrapper().generateDataKey(kmsKeyArn, context);
    expect(plaintext).toHaveLength(32);
    expect(await wrapper().unwrap(kmsKeyArn, wrapped, context)).toEqual(plaintext);
    const elsewhere = wrapper().unwrap(kmsKeyArn, wrapped, { ...context, partition: 'Alpha002-prod' });
    await expect(elsewhere).rejects.toMatchObject({ detail: { class: 'refused', code: 'InvalidCiphertextException' } });
  });

  it('a lost answer is unknown, throttling is throttled', async () => {
    const { kmsKeyArn } = world();
    await world().control('/fault', { service: 'kms', kind: 'cut', times: 1 });
    await expect(wrapper().generateDataKey(kmsKeyArn, context)).rejects.toMatchObject({ detail: { class: 'unknown' } });
    await world().control('/fault', { service: 'kms', kind: 'throttle', times: 1 });
    await expect(wrapper().generateDataKey(kmsKeyArn, context)).rejects.toMatchObject({ detail: { class: 'throttled' } });
  });
});
