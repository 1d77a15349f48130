import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../console/commands.ts';
import { exitCode } from '../../console/exitCode.ts';
import { signals } from '../../service/core/configuration/events.ts';
import { runConsole } from '../support/consoleRun.ts';

const rows = 24;
const columns = 80;
const linesOf = (text: string): string[] => text.trimEnd().split('\n');

const heads = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];

describe('the help', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j is everything on one screen of 24 lines and 80 columns', async (words) => {
    const { code, out, errors } = await runConsole(words);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(linesOf(out).length).toBeLessThanOrEqual(rows);
    expect(linesOf(out).filter((line) => line.length > columns)).toEqual([]);
    for (const head of [...heads, 'sandbox']) expect(out, head).toMatch(new RegExp(`(^|[ ,])${head}([ ,\\n]|$)`, 'm'));
  });

  test.each(commands.map(({ name }) => [name]))('%s --help fits a screen too, and names every flag', async (name) => {
    const family = commands.filter((command) => command.name.split(' ')[0] === name);
    const { code, out } = await runConsole([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(linesOf(out).length).toBeLessThanOrEqual(rows);
    expect(linesOf(out).filter((line) => line.length > columns)).toEqual([]);
    const shown = family.length > 1 ? [] : commands.filter((command) => command.name === name);
    for (const { flags } of shown) for (const flag of Object.keys(flags)) expect(out).toContain(`--${flag}`);
    expect(out).toContain(name);
  });

  test.each([[['--version']], [['-v']], [['version']]])('%j says the version of the package, and nothing else', async (words) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await runConsole(words)).toMatchObject({ code: 0, out: `${version}\n`, errors: '' });
    expect((await runConsole([...words, '--json'])).documents).toEqual([{ version }]);
    expect(await runConsole([...words, 'acme'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("version does not take 'acme'"),
    });
  });

  test('has a command for every signal', () => {
    expect(signals.filter((signal) => !commands.some(({ name }) => name === signal))).toEqual([]);
  });

  test('names every exit code, and so does the README', async () => {
    const { out } = await runConsole([]);
    const readme = readFileSync(new URL('../../console/README.md', import.meta.url), 'utf8');
    for (const code of Object.values(exitCode)) {
      expect(readme, String(code)).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
      if (code !== exitCode.interrupted) expect(out).toMatch(new RegExp(`\\b${code} [a-z]`));
    }
  });
});
