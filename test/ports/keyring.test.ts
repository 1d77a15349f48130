import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { additionalData, formatEnvelope } from '../../service/core/material/envelope.ts';
import { PortFault } from '../../service/core/portFault.ts';
import { keyring } from '../../service/ports/keyring.ts';
import type { KeyWrapper } from '../../service/ports/ports.ts';

const partition = 'Alpha002-dev';
const [v1, v2] = ['0199aaaa-0000-7000-8000-000000000001', '0199aaaa-0000-7000-8000-000000000002'];
const keyOf = (id: string): Buffer => Buffer.alloc(32, id.endsWith('1') ? 1 : 2);

/** A registry file and a KMS that unwraps `wrapped {id}` under the right context. */
function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'keyring-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const registryFile = join(folder, 'registry.json');
  const calls: string[] = [];
  let down = false;
  let changedTo: Buffer | null = null;
  const wrapper: KeyWrapper = {
    generateDataKey: async () => {
      throw new Error('not asked for');
    },
    unwrap: async (_, wrapped, context) => {
      const id = context['keyVersionId'] ?? '';
      calls.push(id);
      const detail = { class: 'unknown', provider: 'kms', operation: 'Decrypt', httpStatus: null, code: null } as const;
      if (down) throw new PortFault(detail, 'Decrypt: no answer', null);
      if (
        context['partition'] !== partition ||
        context['purpose'] !== 'email-server-token' ||
        !wrapped.toString().startsWith(`wrapped ${id}`)
      ) {
        throw new PortFault({ ...detail, class: 'refused', code: 'InvalidCiphertextException' }, 'Decrypt: another context', null);
      }
      const key = keyOf(id);
      given.push(key);
      return changedTo ?? key;
    },
  };
  let nowMs = 1000;
  const given: Buffer[] = [];
  const ring = keyring({ partition, registryFile, wrapper, now: () => new Date(nowMs) });
  const version = (id: string, wrappedAs = `wrapped ${id}`) => ({
    wrappedKey: Buffer.from(wrappedAs).toString('base64'),
    kmsKeyArn: 'arn:key',
    createdAt: '2026-01-01T00:00:00Z',
  });
  return {
    ring,
    calls,
    write: (current: string, ids: readonly string[], wrappedAs?: string) =>
      writeFileSync(registryFile, JSON.stringify({ current, versions: Object.fromEntries(ids.map((id) => [id, version(id, wrappedAs)])) })),
    writeText: (text: string) => writeFileSync(registryFile, text),
    given,
    kmsOpensAs: (key: Buffer) => {
      changedTo = key;
    },
    remove: () => rmSync(registryFile),
    kmsDown: (isDown: boolean) => {
      down = isDown;
    },
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}

describe('sealing and opening', () => {
  it('a sealed token opens for the same configuration and purpose, and is never the same text twice', async () => {
    const { ring, write } = setup();
    write(v1, [v1]);
    await ring.refresh();
    const [one, two] = [ring.seal('e1', 'server-token', 'tok'), ring.seal('e1', 'server-token', 'tok')];
    expect(one).not.toBe(two);
    expect(one).toMatch(new RegExp(`^a1\\.k${v1}:`));
    expect(one).not.toContain('tok');
    expect([ring.open('e1', 'server-token', one), ring.open('e1', 'server-token', two)]).toEqual(['tok', 'tok']);
  });

  it('a text that was sealed elsewhere in the world opens: the format is pinned', async () => {
    const { ring, write } = setup();
    write(v1, [v1]);
    await ring.refresh();
    const nonce = Buffer.alloc(12, 7);
    const sealing = createCipheriv('aes-256-gcm', keyOf(v1), nonce).setAAD(additionalData(partition, 'e1', 'routing-token'));
    const ciphertext = Buffer.concat([sealing.update('route'), sealing.final()]);
    expect(ring.open('e1', 'routing-token', formatEnvelope({ keyVersionId: v1, nonce, ciphertext, tag: sealing.getAuthTag() }))).toBe(
      'route',
    );
  });

  it('a text opens in no other place', async () => {
    const { ring, write } = setup();
    write(v1, [v1]);
    await ring.refresh();
    const sealed = ring.seal('e1', 'server-token', 'tok');
    const flipped = sealed.slice(0, -1) + (sealed.endsWith('A') ? 'Q' : 'A');
    for (const open of [
      () => ring.open('e2', 'server-token', sealed),
      () => ring.open('e1', 'routing-token', sealed),
      () => ring.open('e1', 'server-token', flipped),
    ]) {
      expect(open).toThrow(
        expect.objectContaining({ name: 'MaterialFault', code: expect.stringMatching(/not_authentic|malformed_envelope/) }),
      );
    }
  });

  it('an unknown key version and an unloaded registry are named', async () => {
    const { ring, write } = setup();
    expect(() => ring.seal('e1', 'server-token', 'tok')).toThrow(expect.objectContaining({ code: 'registry_not_loaded' }));
    write(v1, [v1]);
    await ring.refresh();
    const sealed = ring.seal('e1', 'server-token', 'tok').replace(v1, v2);
    expect(() => ring.open('e1', 'server-token', sealed)).toThrow(expect.objectContaining({ code: 'unknown_key_version' }));
  });
});

describe('refreshing', () => {
  it('unwraps only what is new, and seals with the new current version while the old one still opens', async () => {
    const { ring, write, calls, at } = setup();
    write(v1, [v1]);
    await ring.refresh();
    const old = ring.seal('e1', 'server-token', 'tok');
    write(v2, [v1, v2]);
    at(2000);
    expect(await ring.refresh()).toEqual({
      kind: 'refreshed',
      versions: [
        { keyVersionId: v1, kind: 'kept' },
        { keyVersionId: v2, kind: 'loaded' },
      ],
      removed: [],
      reason: null,
      kms: { state: 'answers' },
    });
    expect(calls).toEqual([v1, v2]);
    expect(ring.seal('e1', 'server-token', 'tok')).toContain(v2);
    expect(ring.open('e1', 'server-token', old)).toBe('tok');
    expect(ring.status()).toEqual({
      currentKeyVersionId: v2,
      loadedKeyVersionIds: [v1, v2],
      documentedCurrent: v2,
      documented: [v1, v2].map((keyVersionId) => ({
        keyVersionId,
        kmsKeyArn: expect.any(String),
        createdAt: expect.any(Date),
        trouble: null,
      })),
      refreshedAt: new Date(2000),
      lastOutcome: 'refreshed',
      lastReason: null,
      kms: { state: 'answers' },
    });
  });

  it('a version that left the document leaves the ring', async () => {
    const { ring, write } = setup();
    write(v2, [v1, v2]);
    await ring.refresh();
    write(v2, [v2]);
    expect((await ring.refresh()).removed).toEqual([v1]);
    expect(ring.has(v1)).toBe(false);
  });

  it('while KMS is down the last good versions stay, and the earlier one goes on sealing', async () => {
    const { ring, write, kmsDown } = setup();
    write(v1, [v1]);
    await ring.refresh();
    kmsDown(true);
    write(v2, [v1, v2]);
    const outcome = await ring.refresh();
    expect(outcome).toMatchObject({ kind: 'partial', reason: 'Decrypt: no answer' });
    expect(outcome.versions).toContainEqual({ keyVersionId: v2, kind: 'failed', code: 'unreachable', reason: 'Decrypt: no answer' });
    expect(ring.seal('e1', 'server-token', 'tok')).toContain(v1);
    kmsDown(false);
    await ring.refresh();
    expect(ring.seal('e1', 'server-token', 'tok')).toContain(v2);
  });

  it('a version that was wrapped anew keeps its older key until the new one opens', async () => {
    const { ring, write, calls, kmsDown } = setup();
    write(v1, [v1]);
    await ring.refresh();
    write(v1, [v1], `wrapped ${v1} again`);
    kmsDown(true);
    expect((await ring.refresh()).kind).toBe('partial');
    expect(ring.has(v1)).toBe(true);
    kmsDown(false);
    expect((await ring.refresh()).versions).toEqual([{ keyVersionId: v1, kind: 'loaded' }]);
    expect(calls).toEqual([v1, v1, v1]);
  });

  it.each(['gone', 'nonsense', '{}'])('a document that is %s changes nothing', async (how) => {
    const { ring, write, writeText, remove, at } = setup();
    write(v1, [v1]);
    await ring.refresh();
    if (how === 'gone') remove();
    else writeText(how);
    at(9000);
    expect(await ring.refresh()).toMatchObject({ kind: 'failed', versions: [] });
    expect(ring.status()).toMatchObject({ currentKeyVersionId: v1, refreshedAt: new Date(1000), lastOutcome: 'failed' });
    expect(ring.open('e1', 'server-token', ring.seal('e1', 'server-token', 'tok'))).toBe('tok');
  });

  it('several refreshes at once are one', async () => {
    const { ring, write, calls } = setup();
    write(v1, [v1]);
    await Promise.all([ring.refresh(), ring.refresh(), ring.refresh()]);
    expect(calls).toEqual([v1]);
  });
});

describe('plain keys', () => {
  const isWiped = (key: Buffer | undefined): boolean => key?.every((byte) => byte === 0) ?? false;

  it('are wiped when their version leaves the document, and only theirs', async () => {
    const { ring, write, given } = setup();
    write(v2, [v1, v2]);
    await ring.refresh();
    write(v2, [v2]);
    await ring.refresh();
    expect(given.slice(0, 2).map(isWiped)).toEqual([true, false]);
    expect(ring.open('e1', 'server-token', ring.seal('e1', 'server-token', 'tok'))).toBe('tok');
  });

  it('are wiped when their version is wrapped anew, and when the process ends', async () => {
    const { ring, write, given } = setup();
    write(v1, [v1]);
    await ring.refresh();
    write(v1, [v1], `wrapped ${v1} again`);
    await ring.refresh();
    expect(given.map(isWiped)).toEqual([true, false]);
    ring.close();
    expect(given.map(isWiped)).toEqual([true, true]);
    expect(() => ring.seal('e1', 'server-token', 'tok')).toThrow(expect.objectContaining({ code: 'registry_not_loaded' }));
  });

  it('that are unwrapped only to ask after KMS are wiped at once', async () => {
    const { ring, write, given } = setup();
    write(v1, [v1]);
    await ring.refresh();
    await ring.refresh();
    expect(given.map(isWiped)).toEqual([false, true]);
  });
});

describe('whether KMS would serve a restart', () => {
  it('is asked when there is nothing new to unwrap, and what it says changes no key', async () => {
    const { ring, write, kmsDown } = setup();
    write(v1, [v1]);
    expect((await ring.refresh()).kms).toEqual({ state: 'answers' });
    kmsDown(true);
    expect(await ring.refresh()).toMatchObject({ kind: 'refreshed', kms: { state: 'failing', code: 'unreachable' } });
    expect(ring.status()).toMatchObject({ currentKeyVersionId: v1, kms: { state: 'failing' } });
    expect(ring.open('e1', 'server-token', ring.seal('e1', 'server-token', 'tok'))).toBe('tok');
    kmsDown(false);
    expect((await ring.refresh()).kms).toEqual({ state: 'answers' });
  });

  it('is said also while the document cannot be read', async () => {
    const { ring, write, remove, kmsDown } = setup();
    write(v1, [v1]);
    await ring.refresh();
    remove();
    kmsDown(true);
    expect(await ring.refresh()).toMatchObject({ kind: 'failed', kms: { state: 'failing', code: 'unreachable' } });
  });

  it('is no, when it opens the version as another key than the one in use', async () => {
    const { ring, write, kmsOpensAs } = setup();
    write(v1, [v1]);
    await ring.refresh();
    kmsOpensAs(Buffer.alloc(32, 9));
    expect((await ring.refresh()).kms).toMatchObject({ state: 'failing', code: 'wrong_key' });
  });
});
