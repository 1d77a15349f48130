import { describe, expect, test } from 'vitest';
import { runConsole } from '../support/consoleRun.ts';

/** Nothing here gets as far as asking: a service that is asked would be unreachable, exit 6. */
const environment = { ARDA_API_KEY: 'k', POSTROUTE_URL: 'http://127.0.0.1:65531' };

describe('what is not understood', () => {
  test.each([
    [['shwo', 'acme'], "there is no command 'shwo'", "Did you mean 'show'?"],
    [['force_lock', 'acme'], "there is no command 'force_lock'", "Did you mean 'force-lock'?"],
    [['xyzzy'], "there is no command 'xyzzy'", 'postroute --help lists them.'],
    [['config', 'pritn'], "there is no command 'config pritn'", "Did you mean 'config print'?"],
    [['suppressions', 'relaese', 'a@b.example'], "suppressions does not take 'a@b.example'", "Did you mean 'suppressions release'?"],
    [['help', 'shwo'], "there is no command 'shwo'", "Did you mean 'show'?"],
    [['show'], 'show needs <configuration>', 'It is: postroute show <configuration>'],
    [['show', 'a', 'b'], "show does not take 'b'", 'It is: postroute show <configuration>'],
    [['list', '--stauts', 'LOCKED'], 'list has no flag --stauts', 'Did you mean --status?'],
    [['list', '--status'], '--status needs a value: --status STATUS', ''],
    [['list', '--status', '--slug', 'x'], '--status needs a value, and --slug is a flag', '--status=--slug'],
    [['list', '--status='], '--status needs a value', ''],
    [['list', '--all=yes'], '--all takes no value', ''],
    [['list', '--limit', '0'], '--limit must be a whole number from 1', ''],
    [['list', '--limit', 'ten'], '--limit must be a whole number from 1', ''],
    [['list', '--url', 'ftp://x'], '"ftp://x" is not an address', ''],
    [['list', '--url', 'http://user:SECRET@x'], 'the address must not hold a user or a password', ''],
    [['suppressions', 'release', 'a@b.example'], 'a release needs a reason', '--reason'],
    [['watch', '--until', 'OK'], '--until needs a configuration', ''],
  ])('%j exits 2, says what is wrong, and what was meant', async (words, problem, remedy) => {
    const { code, out, errors } = await runConsole(words, { environment });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(errors).toContain(`postroute: ${problem}`);
    expect(errors).toContain(remedy);
    expect(errors).not.toContain('SECRET');
  });

  test('flags may stand before and after the arguments, and --help wins over what is missing', async () => {
    expect((await runConsole(['list', '--limit', '1', '--json'], { environment })).code).toBe(6);
    expect((await runConsole(['show', '--json', 'acme'], { environment })).code).toBe(6);
    expect((await runConsole(['show', '--help', '--nonsense'], { environment })).out).toContain('postroute show <configuration>');
  });

  test('with --json an error is one JSON document on standard error', async () => {
    const { code, out, errors } = await runConsole(['list', '--json'], { environment });
    expect({ code, out }).toEqual({ code: 6, out: '' });
    expect(JSON.parse(errors)).toEqual({
      error: 'nothing answers at http://127.0.0.1:65531 (ECONNREFUSED)',
      remedy: expect.stringContaining('--url'),
      exitCode: 6,
      problem: null,
    });
  });
});
