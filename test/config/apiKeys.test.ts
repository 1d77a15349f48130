import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { apiKeySource } from '../../config/apiKeys.ts';

const keysFile = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'keys.json');
  const write = (next: string): void => writeFileSync(path, next);
  write(text);
  return { path, write };
};

describe('the operator key', () => {
  it('from the environment stays as it is', async () => {
    const source = await apiKeySource({ current: 'a', previous: 'b' });
    expect(source.keys()).toEqual({ current: 'a', previous: 'b' });
    expect(await source.reload()).toEqual({ kind: 'unchanged' });
  });

  it('from a file is read again, and the file wins over the environment', async () => {
    const { path, write } = keysFile('{ "current": "one" }');
    const source = await apiKeySource({ current: 'environment', file: path });
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
    const source = await apiKeySource({ file: path });
    write(text);
    expect(await source.reload()).toEqual({ kind: 'failed', reason: expect.stringContaining(reason) });
    expect(JSON.stringify(await source.reload())).not.toContain('SECRET');
    expect(source.keys().current).toBe('one');
  });

  it('a service without a key does not start', async () => {
    await expect(apiKeySource({})).rejects.toThrow('no operator key');
    await expect(apiKeySource({ file: '/no/such/keys.json' })).rejects.toThrow('ENOENT');
  });
});
