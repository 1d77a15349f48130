/**
 * Each runbook page against a Postroute that is in the very situation the page is about: its commands run as they stand, and what the page says is over
 * is over afterwards. One Postroute for all of them; each incident has tenants of its own.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isPlayedToday, isWholeSuite } from '../../dev/wholeSuite.ts';
import { playConfigurations } from './incidents/configurations.ts';
import { playDrift } from './incidents/drift.ts';
import { playDriftPlans } from './incidents/driftPlans.ts';
import { playMaterial } from './incidents/material.ts';
import { playProcess } from './incidents/process.ts';
import { playRestore } from './incidents/restore.ts';

import { playRotation } from './incidents/rotation.ts';

import { playSending } from './incidents/sending.ts';
import { playWebhooks } from './incidents/webhooks.ts';
import { createStage } from './support/stage.ts';

const stage = createStage(['--restart'], ['dig', 'aws', 'psql']);
const names = [
  'configuration-cannot-send',
  'verification-timed-out',
  'provisioning-orphan-server',
  'webhook-rejected-auth-mismatch',
  'jobs-held',
  'job-triage',
  'sending-paused',
  'dead-letters',
  'queue-stands-still',
  'lock-and-force-lock',
  'suppressions',
  'drift-dns-dkim-mismatch',
  'drift-dns-return-path-mismatch',
  'drift-postmark-orphan-db-row',
  'drift-postmark-orphan-server',
  'drift-not-observed',
  'drift-plan',
  'drift-webhook-mismatch',
  'drift-suppressions',
  'drift-registry-missing-key',
  'material-registry-stale',
  'provisioning-failed',
  're-provision',
  'webhook-malformed',
  'jobs-inconsistent',
  'steady-state',
  'postmark-account',
  'requests-fail',
  'start-and-stop',
  'restore-from-backup',
  'api-key-rotation',
  'webhook-signing-key-rotation',
  'server-token-replacement',
  'encryption-key-rotation',
  'kms-does-not-open',
];

vi.setConfig({ testTimeout: 120_000 });

beforeAll(() => stage.start(), 120_000);
afterAll(() => stage.stop());
/** A page that fails must not take the next one with it. */
afterEach(async () => {
  await stage.situation.control('DELETE', '/fault');
  await stage.situation.control('POST', '/settings', { accountState: 'active' });
});

describe('the index', () => {
  test('prepares a shell that lists configurations with what the other pages ask for', async () => {
    const CONFIGURATION = await stage.situation.create('indexed');
    const out = await stage.paste(['README', 'Before the commands of any page', 1]);
    expect(out).toContain(`"eId":"${CONFIGURATION}"`);
    expect(out).toContain('"tenantId":"indexed"');
  });
});

// Rotations first, while no configuration is in trouble: a rotation names each that it cannot reach.
const plays = [
  playRotation,
  playConfigurations,
  playWebhooks,
  playSending,
  playDrift,
  playDriftPlans,
  playMaterial,
  playProcess,
  playRestore,
];
for (const [n, play] of plays.entries()) if (isPlayedToday(n)) play(stage);

test.runIf(isWholeSuite)('no page has a command that was not run above', () => {
  expect(stage.idle(['README', ...names])).toEqual([]);
});
