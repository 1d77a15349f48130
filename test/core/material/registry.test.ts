import { describe, expect, it } from 'vitest';
import { formatRegistry, parseRegistry, wrappingContext } from '../../../service/core/material/registry.ts';

const id = '0199aaaa-0000-7000-8000-000000000001';
const version = { wrappedKey: 'AAAA', kmsKeyArn: 'arn:aws:kms:us-east-1:1:key/k', createdAt: '2026-01-01T00:00:00.000Z' };
const registry = { current: id, versions: { [id]: version } };

describe('the registry document', () => {
  it('is read as it was written', () => {
    expect(parseRegistry(formatRegistry(registry), 'registry.json')).toEqual(registry);
  });

  it.each([
    ['no JSON', 'nonsense', 'registry.json is not JSON'],
    ['no versions', { current: id }, 'versions'],
    [
      'a current version that is not there',
      { ...registry, current: '0199aaaa-0000-7000-8000-000000000002' },
      'current: names a version that is not in versions',
    ],
    ['an unknown field', { ...registry, extra: 1 }, 'extra'],
    ['a key that is not base64', { current: id, versions: { [id]: { ...version, wrappedKey: '?' } } }, `versions.${id}.wrappedKey`],
    ['a version that is named by something else than a UUID', { current: id, versions: { [id]: version, v2: version } }, 'v2'],
  ])('%s is named with its field', (_, document, text) => {
    expect(() => parseRegistry(typeof document === 'string' ? document : JSON.stringify(document), 'registry.json')).toThrow(
      expect.objectContaining({ code: 'invalid_registry', message: expect.stringContaining(text) }),
    );
  });

  it('a wrapped key is bound to its partition, its version and its purpose', () => {
    expect(wrappingContext('Alpha002-dev', id)).toEqual({ partition: 'Alpha002-dev', keyVersionId: id, purpose: 'email-server-token' });
  });
});
