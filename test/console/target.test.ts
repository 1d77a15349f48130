import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../console/failure.ts';
import { targetOf } from '../../console/target.ts';

const nothing = { url: undefined, keyFile: undefined, author: undefined, tenant: undefined };
const at = (given: Partial<Parameters<typeof targetOf>[0]>) => targetOf({ ...nothing, environment: {}, ...given });

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'postroute-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'secrets.json'), text);
  return join(folder, 'secrets.json');
}

describe('the key', () => {
  test.each([
    ['alone in a file', 'KEY-ONE\n'],
    ['in the document that the service reads', '{ "current": "KEY-ONE", "previous": "KEY-ZERO" }'],
  ])('comes from --key-file, %s, before anything else', (_, text) => {
    expect(at({ keyFile: file(text), environment: { ARDA_API_KEY: 'other' } }).key).toBe('KEY-ONE');
  });

  test('else from ARDA_API_KEY, else from the file that ARDA_API_KEY_FILE names', () => {
    const named = file('{ "current": "KEY-ONE" }');
    expect(at({ environment: { ARDA_API_KEY: 'KEY-TWO', ARDA_API_KEY_FILE: named } }).key).toBe('KEY-TWO');
    expect(at({ environment: { ARDA_API_KEY_FILE: named } }).key).toBe('KEY-ONE');
  });

  test('else, on this machine alone, from the data folder of npm start', () => {
    const folder = join(file('{ "apiKey": "KEY-OF-START", "webhookSigningKey": "x" }'), '..');
    const environment = { POSTROUTE_DATA_DIR: folder };
    expect(at({ environment }).key).toBe('KEY-OF-START');
    expect(() => at({ environment, url: 'https://mail.example.net' })).toThrow('there is no operator key');
  });

  test.each([
    ['a file that is not there', () => '/no/such/file', /cannot be read \(ENOENT\)/],
    ['a document without a key', () => file('{ "currant": "SECRET" }'), /must hold the key/],
    ['a file of words', () => file('SECRET WORDS'), /must hold the key/],
  ])('%s is told without what it holds', (_, path, message) => {
    const keyFile = path();
    expect(() => at({ keyFile })).toThrow(message);
    expect(() => at({ keyFile })).not.toThrow(/SECRET/);
  });

  test('is no flag: arguments are seen by everybody', () => {
    expect(() => at({ environment: { POSTROUTE_DATA_DIR: '/nowhere' } })).toThrow(Failure);
  });
});

describe('who asks, and whom', () => {
  const environment = { ARDA_API_KEY: 'k' };

  test('the author is the one named, else the environment’s, else the user', () => {
    expect(at({ environment: { ...environment, POSTROUTE_AUTHOR: 'Grace', USER: 'ada' }, author: 'Ida' }).author).toBe('Ida');
    expect(at({ environment: { ...environment, POSTROUTE_AUTHOR: 'Grace', USER: 'ada' } }).author).toBe('Grace');
    expect(at({ environment: { ...environment, USER: 'ada' } }).author).toBe('ada');
    expect(at({ environment }).author).toBe(userInfo().username);
  });

  test('the address is the one named, else the environment’s, else that of npm start; a path before the API may be in it', () => {
    expect(at({ environment, url: 'https://mail.example.net/api/' }).url).toBe('https://mail.example.net/api');
    expect(at({ environment: { ...environment, POSTROUTE_URL: 'http://127.0.0.1:40001' } }).url).toBe('http://127.0.0.1:40001');
    expect(at({ environment }).url).toBe('http://127.0.0.1:8889');
  });
});
