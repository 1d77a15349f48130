/** The registry-refresh tick: when it is due, and that one part's failure leaves the others refreshed. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Keyring, RefreshOutcome } from '../../service/core/material/keyring.ts';
import { createMetrics } from '../../service/watch/metrics.ts';
import { registryTick } from '../../service/wiring/registryTick.ts';

const outcome = (kind: RefreshOutcome['kind']): RefreshOutcome => ({
  kind,
  versions: [],
  removed: [],
  reason: kind === 'failed' ? 'KMS is away' : null,
  kms: { state: 'answers' },
});

const tickOver = (kinds: RefreshOutcome['kind'][]) => {
  const clock = { now: new Date('2026-03-01T12:00:00.000Z') };
  const told = { keysReloaded: 0 };
  const keyring: Keyring = {
    refresh: async () => outcome(kinds.shift() ?? 'refreshed'),
    seal: () => '',
    open: () => '',
    has: () => false,
    close: () => {},
    status: () => ({
      currentKeyVersionId: null,
      documentedCurrent: null,
      loadedKeyVersionIds: [],
      documented: [],
      refreshedAt: null,
      lastOutcome: null,
      lastReason: null,
      kms: { state: 'unknown' },
    }),
  };
  const reloadSecrets = async (): Promise<void> => {
    told.keysReloaded += 1;
  };
  const metrics = createMetrics();
  const tick = registryTick({
    keyring,
    reloadSecrets,
    metrics,
    logger: pino({ level: 'silent' }),
    now: () => clock.now,
    intervalMinutes: 15,
  });
  const dueInSeconds = () => (tick.dueAt().getTime() - clock.now.getTime()) / 1000;
  const advance = (seconds: number) => {
    clock.now = new Date(clock.now.getTime() + seconds * 1000);
  };
  return { tick, told, metrics, dueInSeconds, advance };
};

describe('the registry-refresh tick', () => {
  it('is due at once at a start, and then once an interval', async () => {
    const { tick, dueInSeconds, advance } = tickOver([]);
    expect(await tick.pass()).toBe(1);
    expect(dueInSeconds()).toBe(900);
    advance(899);
    expect(await tick.pass()).toBe(0);
    advance(1);
    expect(await tick.pass()).toBe(1);
  });

  it('tries a registry that could not be read again before the next interval', async () => {
    const { tick, dueInSeconds, advance } = tickOver(['failed', 'partial', 'refreshed']);
    await tick.pass();
    expect(dueInSeconds()).toBe(30);
    advance(30);
    await tick.pass();
    expect(dueInSeconds()).toBe(30);
    advance(30);
    await tick.pass();
    expect(dueInSeconds()).toBe(900);
  });

  it('reads the operator keys again even when KMS is away, and counts each outcome', async () => {
    const { tick, told, metrics, advance } = tickOver(['failed']);
    await tick.pass();
    advance(30);
    await tick.pass();
    expect(told.keysReloaded).toBe(2);
    const text = await metrics.render();
    expect(text).toMatch(/email_material_registry_refresh_outcomes_total\{outcome="failed"\} 1/);
    expect(text).toMatch(/email_material_registry_refresh_outcomes_total\{outcome="refreshed"\} 1/);
  });
});
