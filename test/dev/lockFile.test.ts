import { expect, test } from 'vitest';
import { completed, lockFileProblem, missingOptional } from '../../dev/lockFile.ts';

const lock = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: { '@tool/cli-linux-x64': '2.0.0', '@tool/cli-linux-x64-musl': '2.0.0' },
    },
    'node_modules/@tool/cli-linux-x64': { version: '2.0.0', optional: true },
    'node_modules/other/node_modules/tool': {
      version: '1.0.0',
      optionalDependencies: { '@tool/cli-linux-x64': '1.0.0', '@tool/cli-darwin-arm64': '1.0.0' },
    },
  },
};

test('an optional package without an entry of its version is missing, also when another version of it is there', () => {
  expect(missingOptional(lock).map(({ place, name, version }) => `${name}@${version} of ${place}`)).toEqual([
    '@tool/cli-linux-x64-musl@2.0.0 of node_modules/tool',
    '@tool/cli-linux-x64@1.0.0 of node_modules/other/node_modules/tool',
    '@tool/cli-darwin-arm64@1.0.0 of node_modules/other/node_modules/tool',
  ]);
});

test('completed, nothing is missing, each entry says for which platform it is, and what was there stays', () => {
  const whole = completed(lock);
  expect(missingOptional(whole)).toEqual([]);
  expect(whole.packages).toMatchObject(lock.packages);
  expect(whole.packages['node_modules/@tool/cli-linux-x64-musl']).toEqual({
    version: '2.0.0',
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
  expect(whole.packages['node_modules/other/node_modules/tool/node_modules/@tool/cli-linux-x64']).toMatchObject({ version: '1.0.0' });
  expect(completed(whole)).toEqual(whole);
});

test("this repository's lock file is one that npm ci accepts", () => {
  expect(lockFileProblem()).toBeNull();
});
