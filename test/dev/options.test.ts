import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../dev/start/options.ts';

const defaults = { ephemeral: false, replicas: 1, restart: false, service: true, dataDir: null, ports: {} };

describe('npm start understands', () => {
  test.each([
    ['nothing', [], {}, {}],
    [
      'every flag',
      ['--ephemeral', '--replicas', '3', '--restart', '--no-service'],
      {},
      { ephemeral: true, replicas: 3, restart: true, service: false },
    ],
    ['a value after an equals sign', ['--replicas=2', '--kms-port=0'], {}, { replicas: 2, ports: { kms: 0 } }],
    ['ports from the environment', [], { METRICS_PORT: '9090', EMAIL_HTTP_PORT: '1' }, { ports: { metrics: 9090, service: 1 } }],
    ['the other name of a setting', [], { EMAIL_METRICS_PORT: '9091' }, { ports: { metrics: 9091 } }],
    ['a flag before the environment', ['--port', '5'], { EMAIL_HTTP_PORT: '6' }, { ports: { service: 5 } }],
    ['an empty variable as none', [], { EMAIL_HTTP_PORT: '', POSTROUTE_DATA_DIR: '' }, {}],
    ['a data folder', ['--data-dir', 'here'], { POSTROUTE_DATA_DIR: 'there' }, { dataDir: 'here' }],
  ])('%s', (_name, args, environment, expected) => {
    expect(parseOptions(args, environment)).toEqual({ kind: 'run', options: { ...defaults, ...expected } });
  });
});

describe('npm start refuses, naming what and listing what there is', () => {
  test.each([
    [['--foo'], {}, /^unknown flag --foo\n.*--ephemeral/s],
    [['-x'], {}, /^unknown flag -x\n/],
    [['ephemeral'], {}, /^unknown argument "ephemeral"\n/],
    [['--ephemeral=yes'], {}, /^--ephemeral takes no value\n/],
    [['--replicas', '0'], {}, /^--replicas must be a whole number from 1 to 16, not "0"\n/],
    [['--replicas'], {}, /^--replicas must be a whole number from 1 to 16\n/],
    [['--port', '65536'], {}, /^--port must be a whole number from 0 to 65535, not "65536"\n/],
    [[], { POSTROUTE_DNS_PORT: 'dns' }, /^POSTROUTE_DNS_PORT must be a whole number from 0 to 65535, not "dns"\n/],
    [['--ephemeral', '--data-dir', 'x'], {}, /^--ephemeral makes a folder of its own/],
  ])('%j %j', (args, environment, message) => {
    const parsed = parseOptions(args, environment);
    expect(parsed.kind).toBe('mistake');
    expect(parsed).toMatchObject({ text: expect.stringMatching(message) });
  });
});
