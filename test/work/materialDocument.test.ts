/** What a change of the registry's document leaves behind: the document, and of the key's plain bytes nothing. */
import { expect, test } from 'vitest';
import { addKeyVersion } from '../../service/work/materialDocument.ts';

const keyVersionId = '0199aaaa-0000-7000-8000-000000000001';
const asked = { partition: 'Alpha002-dev', kmsKeyArn: 'arn:aws:kms:us-east-1:1:key/a' };

const adding = async (answer: { kind: 'written' } | { kind: 'changed'; why: string }) => {
  const plaintext = Buffer.alloc(32, 7);
  const written: string[] = [];
  const contexts: unknown[] = [];
  const outcome = await addKeyVersion(
    {
      document: {
        name: 'registry.json',
        read: async () => ({ text: null, version: null }),
        write: async (text) => {
          written.push(text);
          return answer;
        },
        close: () => {},
      },
      wrapper: {
        generateDataKey: async (_key, context) => {
          contexts.push(context);
          return { plaintext, wrapped: Buffer.from('wrapped') };
        },
        unwrap: async () => plaintext,
      },
      now: () => new Date('2026-11-01T00:00:00Z'),
      newId: () => keyVersionId,
    },
    asked,
  );
  return { outcome, written, contexts, plaintext };
};

test('a version is wrapped for its partition, its id and its purpose, and its plain key is wiped', async () => {
  const { outcome, written, contexts, plaintext } = await adding({ kind: 'written' });
  expect(outcome).toMatchObject({ kind: 'added', keyVersionId, previous: null, versions: 1 });
  expect(contexts).toEqual([{ partition: 'Alpha002-dev', keyVersionId, purpose: 'email-server-token' }]);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    current: keyVersionId,
    versions: { [keyVersionId]: { wrappedKey: Buffer.from('wrapped').toString('base64'), kmsKeyArn: asked.kmsKeyArn } },
  });
  expect(plaintext.equals(Buffer.alloc(32))).toBe(true);
});

test('the same when the document was changed meanwhile, and nothing is added', async () => {
  const { outcome, plaintext } = await adding({ kind: 'changed', why: 'registry.json was changed meanwhile' });
  expect(outcome).toMatchObject({ kind: 'refused', code: 'changed_meanwhile' });
  expect(plaintext.equals(Buffer.alloc(32))).toBe(true);
});
