/**
 * 200 discrepancies of every class, put by hand over 1,000 configurations, found over the wire: nothing is reported within the old TTL, everything that is
 * real after it, each once and under its class, and all of it closes when the world is mended.
 */

import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetSite, type Member, seedFleet } from '../../dev/bench/drift/fleet.ts';
import { type Label, labels, type Tally, tableOf } from './support/driftLabels.ts';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const count = 1_000;
const world = sharedWorld([], { EMAIL_LOG_LEVEL: 'fatal' });

let database: Client;
let site: FleetSite;
beforeAll(async () => {
  const { ready, control, api } = world();
  database = new Client({ connectionString: ready.databaseUrl });
  await database.connect();
  const { now, postmark, route53 } = await control.state();
  const { body } = await api.get('/material');
  const [zone] = route53.zones;
  site = {
    postmark: ready.sandbox.postmark,
    route53: ready.sandbox.route53,
    accountToken: postmark.accountTokens[0] ?? '',
    zone: { id: (zone?.Id ?? '').replace('/hostedzone/', ''), name: (zone?.Name ?? '').replace(/\.$/, '') },
    database,
    keyVersionId: String((body as { current: string }).current),
    writtenAt: new Date(new Date(now).getTime() - 30 * 86_400_000),
  };
  await control.settings({ serverDeletion: true });
});
afterAll(() => database.end());

const domainTime = async (): Promise<number> => (await world().control.now()).getTime();
/** Domain time runs on while a busy machine takes its time. */
const marginSeconds = 60;

type Found = { tag: string; class: string; subject: string; quietUntil: string | null };
type Result = { name: string; outcome: string; findings: number; skipped: number; foreign: number | null };

const openFindings = async (): Promise<Found[]> => {
  const found: Found[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await world().api.get(`/drift/finding?open=true&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const page = body as { items: Found[]; nextCursor: string | null };
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
};

const run = async (): Promise<Result[]> => {
  const { api } = world();
  const { body } = await api.post('/drift/run', { assertions: ['postmarkInventory', 'registry', 'dns'] });
  const { runId } = body as { runId: string };
  const look = async () => (await api.get('/drift')).body as { lastRun: { runId: string; assertions: Result[] } | null };
  const seen = await until('the run is finished', look, ({ lastRun }) => lastRun?.runId === runId, 60_000);
  return seen.lastRun?.assertions ?? [];
};

/** How often Sentry was told of each discrepancy. */
const told = async (): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for (const { message = '', fingerprint = [] } of await world().control.sentry()) {
    if (!message.startsWith('email.drift.')) continue;
    const key = `${message} ${fingerprint[1]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

const toldOf = (counts: Map<string, number>, label: Label): number =>
  label.subjects.filter(({ tag, subject }) => counts.has(`${tag} ${subject}`)).length;

test(`200 discrepancies of every class over ${count} configurations: none reported within the old TTL, every real one after it, once, and in its class`, async () => {
  const { control } = world();
  const members: readonly Member[] = await seedFleet(site, 0, count);
  expect(await run()).toMatchObject([{ findings: 0 }, { findings: 0 }, { findings: 0 }]);

  const all = labels(site, control, members);
  const tally = new Map<Label, Tally>(all.map((label) => [label, { within: 0, events: 0, rightClass: 0, closed: 0 }]));
  const tallyOf = (label: Label): Tally => tally.get(label) ?? { within: 0, events: 0, rightClass: 0, closed: 0 };
  const seen = new Map<string, string>();
  const note = async (): Promise<void> => {
    for (const { tag, subject, class: kind } of await openFindings()) seen.set(`${tag} ${subject}`, kind);
  };

  const begun = await domainTime();
  const advanceTo = async (seconds: number): Promise<void> =>
    control.advance(seconds - ((await domainTime()) - begun) / 1000).then(() => {});
  for (const label of all.filter(({ hidden }) => !hidden)) await label.inject();
  expect(all.reduce((sum, { subjects }) => sum + subjects.length, 0)).toBe(200);
  const first = await run();
  expect(first).toMatchObject([{ outcome: 'completed', foreign: 20 }, { outcome: 'completed' }, { outcome: 'completed', skipped: 0 }]);
  await note();

  // Within the old TTL of each, and just beyond it.
  for (const ttl of [300, 1200, 3600]) {
    await advanceTo(ttl - marginSeconds);
    await run();
    const counts = await told();
    for (const label of all.filter(({ quietSeconds }) => quietSeconds !== null && quietSeconds >= ttl))
      tallyOf(label).within += toldOf(counts, label);
    for (const label of all.filter(({ heals, quietSeconds }) => heals && quietSeconds === ttl)) await label.mend();
    await advanceTo(ttl + marginSeconds);
    await run();
    await note();
    for (const label of all.filter(({ heals, quietSeconds }) => !heals && quietSeconds === ttl))
      expect(toldOf(await told(), label), `${label.what} after ${ttl} s`).toBe(label.subjects.length);
  }

  // A zone that cannot be read says nothing of what is wrong in it, and closes nothing.
  const before = { counts: await told(), open: (await openFindings()).length };
  for (const label of all.filter(({ hidden }) => hidden)) await label.inject();
  await control.fault({
    service: 'route53',
    operation: 'ListResourceRecordSets',
    kind: 'status',
    status: 403,
    errorCode: 'AccessDenied',
  });
  expect(await run()).toMatchObject([
    { outcome: 'completed' },
    { outcome: 'completed' },
    { outcome: 'unreachable', findings: 0, skipped: count },
  ]);
  expect(await told()).toEqual(before.counts);
  expect((await openFindings()).length).toBe(before.open);
  await control.clearFaults();
  await run();
  await note();

  const counts = await told();
  for (const label of all) {
    for (const { tag, subject } of label.subjects) {
      tallyOf(label).events += counts.get(`${tag} ${subject}`) ?? 0;
      tallyOf(label).rightClass += seen.get(`${tag} ${subject}`) === (label.class ?? undefined) ? 1 : 0;
    }
  }
  for (const label of all.filter(({ heals }) => !heals)) await label.mend();
  await run();
  const left = new Set((await openFindings()).map(({ tag, subject }) => `${tag} ${subject}`));
  for (const label of all) tallyOf(label).closed += label.subjects.filter(({ tag, subject }) => !left.has(`${tag} ${subject}`)).length;
  console.info(tableOf(all, tally));

  for (const label of all) {
    const { subjects, isReal, what } = label;
    expect(tallyOf(label), what).toEqual({
      within: 0,
      events: isReal ? subjects.length : 0,
      rightClass: subjects.length,
      closed: subjects.length,
    });
  }
  expect([...(await told()).values()].every((times) => times === 1)).toBe(true);
  expect([...(await told()).keys()].length).toBe(
    all.filter(({ isReal }) => isReal).reduce((sum, { subjects }) => sum + subjects.length, 0),
  );
  expect(left.size).toBe(0);
}, 240_000);
