/** When a key version may leave the registry: never while anything is, or may yet be, sealed under it. */
import { expect, test } from 'vitest';
import { type Registry, withoutVersion, withVersion } from '../../../service/core/material/registry.ts';
import { type KeyVersionUsage, refusalToRetire } from '../../../service/core/material/retirement.ts';

const [v1, v2] = ['0199aaaa-0000-7000-8000-000000000001', '0199aaaa-0000-7000-8000-000000000002'];
const version = { wrappedKey: 'AA==', kmsKeyArn: 'arn:key', createdAt: '2026-01-01T00:00:00Z' };
const registry: Registry = { current: v2, versions: { [v1]: version, [v2]: version } };
const usage = (rows: number, ...sealing: (string | null)[]): KeyVersionUsage => ({
  versions: [{ keyVersionId: v1, rows }],
  processes: sealing.map((current, n) => ({ process: `pod-${n}`, current })),
});

test.each<[string, string, KeyVersionUsage, string | null]>([
  ['nothing names it and every process seals with the current one', v1, usage(0, v2, v2), null],
  ['it is not there', '0199aaaa-0000-7000-8000-000000000009', usage(0, v2), 'unknown_version'],
  ['it is the one that seals', v2, usage(0, v2), 'is_current'],
  ['a row names it', v1, usage(1, v2), 'rows_name_it'],
  ['a process still seals with it', v1, usage(0, v2, v1), 'sealed_with_it'],
  ['a process has loaded nothing and has not said what it will seal with', v1, usage(0, v2, null), 'sealed_with_it'],
  ['no process answered', v1, usage(0), 'not_read'],
])('%s', (_what, keyVersionId, seen, code) => {
  expect(refusalToRetire(registry, keyVersionId, seen)?.code ?? null).toBe(code);
});

test('adding a version makes it the one that seals, and retiring takes one away and leaves the others', () => {
  const first = withVersion(null, v1, version);
  expect(first).toEqual({ current: v1, versions: { [v1]: version } });
  expect(withVersion(first, v2, version)).toEqual(registry);
  expect(withoutVersion(registry, v1)).toEqual({ current: v2, versions: { [v2]: version } });
});
