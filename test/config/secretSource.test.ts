import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretSource } from '../../config/secretSource.ts';

const missing = 'no operator key: set ARDA_API_KEY';

const keysFile = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys.json');
  const write = (next: string): void => writeFileSync(path, next);
  write(text);
  return { path, write };
};

describe('a secret that is rotated', () => {
  it('from the environment stays as it is', async () => {
    const source = await secretSource({ current: 'a', previous: 'b' }, missing);
    expect(source.keys()).toEqual({ current: 'a', previous: 'b' });
    expect(await source.reload()).toEqual({ kind: 'unchanged' });
  });

  it('from a file is read again, and the file wins over the environment', async () => {
    const { path, write } = keysFile('{ "current": "one" }');
    const source = await secretSource({ current: 'environment', file: path }, missing);
    expect(source.keys()).toEqual({ current: 'one', previous: null });
    expect(await source.reload()).toEqual({ kind: 'unchanged' });
    write('{ "current": "two\\n", "previous": "one" }');
    expect(await source.reload()).toEqual({ kind: 'changed' });
    expect(source.keys()).toEqual({ current: 'two', previous: 'one' });
  });

  it.each([
    ['SECRET-nonsense', 'is not JSON'],
    ['{ "current": 5 }', 'current'],
    ['{ "current": "SECRET", "next": "x" }', 'a key besides these two'],
    ['{ "current": "  " }', 'current'],
  ])('a file that says %s changes nothing, and the reason shows no key', async (text, reason) => {
    const { path, write } = keysFile('{ "current": "one" }');
    const source = await secretSource({ file: path }, missing);
    write(text);
    expect(await source.reload()).toEqual({ kind: 'failed', reason: expect.stringContaining(reason) });
    expect(JSON.stringify(await source.reload())).not.toContain('SECRET');
    expect(source.keys().current).toBe('one');
  });

  it('a service without it does not start, and says how to give it', async () => {
    await expect(secretSource({}, missing)).rejects.toThrow('no operator key');
    await expect(secretSource({ file: '/no/such/keys.json' }, missing)).rejects.toThrow('ENOENT');
  });

  it('may stand alone in its file where that is allowed, with the previous one beside it', async () => {
    const { path, write } = keysFile('one\n');
    const source = await secretSource({ file: path, previous: 'before', plain: true }, missing);
    expect(source.keys()).toEqual({ current: 'one', previous: 'before' });
    write('{ "current": "two", "previous": "one" }');
    expect(await source.reload()).toEqual({ kind: 'changed' });
    expect(source.keys()).toEqual({ current: 'two', previous: 'one' });
    write('');
    expect(await source.reload()).toEqual({ kind: 'failed', reason: expect.stringContaining('is not JSON') });
    await expect(secretSource({ file: path }, missing)).rejects.toThrow('is not JSON');
  });
});
