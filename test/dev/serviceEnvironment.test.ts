import { expect, test } from 'vitest';
import { loadSettings } from '../../config/load.ts';
import { addedEnvironment, type Surroundings, serviceEnvironment } from '../../dev/start/serviceEnvironment.ts';

const surroundings: Surroundings = {
  sandbox: {
    addresses: {
      postmark: 'http://127.0.0.1:1',
      route53: 'http://127.0.0.1:2',
      kms: 'http://127.0.0.1:3',
      dns: '127.0.0.1:4',
      smtp: '127.0.0.1:7',
      sentry: 'http://127.0.0.1:5',
      control: 'http://127.0.0.1:6',
      resolver: '127.0.0.1:9',
      aws: 'http://127.0.0.1:10',
    },
    zoneId: 'Z1',
    zoneName: 'dev.ardamails.com',
    kmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1',
    accountToken: 'account-token',
  },
  partition: 'Alpha002-dev',
  databaseUrl: 'postgres://127.0.0.1:7/postroute',
  registryFile: 'registry.json',
  apiKey: 'key',
  webhookSigningKey: 'signing',
  webhookPublicUrl: 'http://127.0.0.1:8',
};

test('a service accepts what it is given beside the sandbox, and gives up after 3 seconds there', async () => {
  const env = serviceEnvironment({}, surroundings, { 'http.port': 8, 'metrics.port': 9 });
  const { settings } = await loadSettings({ env, files: [] });
  expect(settings).toMatchObject({
    partition: 'Alpha002-dev',
    http: { port: 8 },
    metrics: { port: 9 },
    mailZone: { id: 'Z1', name: 'dev.ardamails.com' },
    postmark: { baseUrl: 'http://127.0.0.1:1', timeoutSeconds: 3 },
    aws: { route53Endpoint: 'http://127.0.0.1:2', kmsEndpoint: 'http://127.0.0.1:3', timeoutSeconds: 3 },
    dns: { servers: ['127.0.0.1:4'] },
    sentry: { dsn: 'http://pub@127.0.0.1:5/1' },
    clock: { url: 'http://127.0.0.1:6' },
  });
});

test.each([
  ['by its own name', { EMAIL_POSTMARK_TIMEOUT_SECONDS: '7' }, 'EMAIL_POSTMARK_TIMEOUT_SECONDS', '7'],
  ['by the platform’s name', { ARDA_API_KEY: 'mine' }, 'ARDA_API_KEY', 'mine'],
  ['by the other of its two names', { EMAIL_API_KEY_CURRENT: 'mine' }, 'ARDA_API_KEY', undefined],
  ['as a file', { ARDA_API_KEY_FILE: 'keys.json' }, 'ARDA_API_KEY', undefined],
  ['as an empty text, which is none', { EMAIL_POSTMARK_TIMEOUT_SECONDS: '' }, 'EMAIL_POSTMARK_TIMEOUT_SECONDS', '3'],
])('a setting given from outside %s stands', (_name, given, variable, value) => {
  expect(serviceEnvironment(given, surroundings, {})[variable]).toBe(value);
});

test('each replica has its own port, whatever was given', () => {
  expect(serviceEnvironment({ METRICS_PORT: '1', EMAIL_METRICS_PORT: '1' }, surroundings, { 'metrics.port': 2 })).not.toHaveProperty(
    'EMAIL_METRICS_PORT',
  );
  expect(serviceEnvironment({ METRICS_PORT: '1' }, surroundings, { 'metrics.port': 2 })['METRICS_PORT']).toBe('2');
  expect(serviceEnvironment({ METRICS_PORT: '1' }, surroundings, { 'metrics.port': null })).not.toHaveProperty('METRICS_PORT');
});

test('real AWS credentials never reach a service beside the sandbox', () => {
  const real = { AWS_PROFILE: 'production', AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_SECRET_ACCESS_KEY: 'real', AWS_SESSION_TOKEN: 'real' };
  const env = serviceEnvironment(real, surroundings, {});
  expect(JSON.stringify(env)).not.toMatch(/real|production/i);
  expect(addedEnvironment(real, surroundings)).toMatchObject({ AWS_ACCESS_KEY_ID: 'sandbox' });
});
