/**
 * What is asked of one process and meant for all: reading the registry and the secrets again. And what each says of itself, so that whoever rotates a secret
 * knows who holds it.
 *
 * Guarantee: a request reaches every live process within a second or two, hint or no hint, and is answered when each has said so. Mechanism: the request
 * is a number in a row that every process compares with its own each second; its status, renewed within a lease, says which number it has reached.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Keyring } from '../core/material/keyring.ts';
import type { AccountToken } from '../ports/accountToken.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import { dropStatus, lastRefreshRequest, liveProcesses, requestRefresh, tellStatus } from '../store/processStatus.ts';
import { fingerprintsOf, type Secrets } from './secrets.ts';

/** Process time. A look a second costs one read by key; a status three times in a lease lets two be lost. */
const tellingsPerLease = 3;
/** Who has not said so by then is shown as not up to date; process time. */
const awaitMs = 3_000;
const awaitLookMs = 50;
/** A key that is missing is looked for again this often at most; process time. */
const missedEveryMs = 5_000;

export type Spread = {
  /** Carries out what was asked of all since the last look, and tells this process's status when it is due. */
  pass(): Promise<number>;
  /** Asks every process, and waits until each that lives has done it, but not for long. Answers the request's number. */
  request(by: string): Promise<number>;
  /** A key is missing here: look again before the tick, though not each time. */
  keyMissed(): void;
  close(): Promise<void>;
};

type Needs = {
  db: CommonQueryMethods;
  holder: string;
  leaseSeconds: number;
  now: () => Date;
  keyring: Keyring;
  secrets: Secrets;
  account: AccountToken;
  refresh: () => Promise<void>;
  /** Wakes the others. */
  hint: () => void;
  onTrouble: (error: unknown) => void;
};

export const spread = (needs: Needs): Spread => {
  const { db, holder, leaseSeconds, refresh } = needs;
  let reached: number | null = null;
  let told = { text: '', at: Number.NEGATIVE_INFINITY };
  let missedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  const tell = async (): Promise<void> => {
    const status = { holder, refreshNumber: reached ?? 0, ...statusOf(needs) };
    const text = JSON.stringify(status);
    const due = performance.now() - told.at >= (leaseSeconds * 1000) / tellingsPerLease;
    if (closed || (!due && text === told.text)) return;
    await tellStatus(db, status, leaseSeconds);
    told = { text, at: performance.now() };
  };

  let catching: Promise<void> = Promise.resolve();
  /** One after the other: a request is seen by who asks and by the look that its hint wakes, and is carried out once. */
  const catchUp = (asked: number): Promise<void> => {
    const caughtUp = async (): Promise<void> => {
      // A process that starts has read everything a moment ago.
      if (reached !== null && reached < asked) await refresh();
      reached = Math.max(reached ?? 0, asked);
    };
    catching = catching.then(caughtUp, caughtUp);
    return catching;
  };

  return {
    async pass() {
      await catchUp(await lastRefreshRequest(db));
      await tell();
      return 0;
    },
    async request(by) {
      const asked = await requestRefresh(db, needs.now(), by);
      needs.hint();
      reached ??= 0;
      await catchUp(asked);
      await tell();
      const until = performance.now() + awaitMs;
      for (;;) {
        const behind = (await liveProcesses(db)).some(({ refreshNumber }) => refreshNumber < asked);
        if (!behind || performance.now() >= until) return asked;
        await pause(awaitLookMs);
      }
    },
    keyMissed() {
      if (performance.now() - missedAt < missedEveryMs) return;
      missedAt = performance.now();
      refresh().catch(needs.onTrouble);
    },
    async close() {
      closed = true;
      await dropStatus(db, holder);
    },
  };
};

const statusOf = ({ keyring, secrets, account }: Needs) => {
  const { currentKeyVersionId, loadedKeyVersionIds, refreshedAt } = keyring.status();
  return {
    currentKeyVersionId,
    loadedKeyVersionIds: [...loadedKeyVersionIds],
    refreshedAt,
    apiKeys: fingerprintsOf(secrets.apiKeys),
    signingKeys: fingerprintsOf(secrets.signingKeys),
    accountTokens: fingerprintsOf(secrets.accountTokens),
    accountTokenState: account.state(),
  };
};
