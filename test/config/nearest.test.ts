import { expect, it } from 'vitest';
import { nearest } from '../../config/nearest.ts';

const known = ['drift.dns.enabled', 'drift.registry.enabled', 'http.port'];
it.each([
  ['drift.dns.enabeld', 'drift.dns.enabled'],
  ['drift.dsn.enabled', 'drift.dns.enabled'],
  ['Drift.Dns.Enabled', 'drift.dns.enabled'],
  ['http.prot', 'http.port'],
  ['drift.registry.enable', 'drift.registry.enabled'],
  ['zzz', null],
  ['something.else.entirely', null],
])('%s was meant as %s', (given, meant) => {
  expect(nearest(given, known)).toBe(meant);
});
