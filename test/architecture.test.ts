import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  type Budget,
  importViolations,
  impurityViolations,
  type SourceFile,
  sizeViolations,
  tableViolations,
  textViolations,
} from './support/architecture.ts';
import { importTableHeading, parseImportTable, unaligned } from './support/importTable.ts';
import { codeOnly, importsOf } from './support/sourceText.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const left = new Set(['node_modules', '.git', '.postroute', 'cdk.out', '.cdk', 'output']);

function readTree(folder = ''): SourceFile[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (left.has(entry.name)) return [];
    if (entry.isDirectory()) return readTree(path);
    return entry.isFile() && /\.(ts|mjs|json|md|sql|ya?ml|sh|hcl|conf|tpl)$|(^|\/)(run|Dockerfile|\.npmrc|\.gitignore)$/.test(path)
      ? [{ path, text: readFileSync(`${root}${path}`, 'utf8') }]
      : [];
  });
}

const all = readTree();
const code = all.filter(({ path }) => /\.(ts|mjs)$/.test(path) && path.includes('/'));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const readme = unaligned(read('service/README.md'));
const table = parseImportTable(readme);
const manifest: { dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(read('package.json'));
const packages = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]);
const budget: Budget = { lines: 300, testLines: 400, median: 80, p90: 200 };

/** Spelt in parts, because this file is held to the same rule. */
const word = (...parts: string[]): RegExp => new RegExp(parts.join(''), 'i');
const forbiddenTexts = [
  { pattern: word('registry\\.', 'npm', 'js'), what: "names a package registry's host" },
  { pattern: word('(?<![\\w.])/(work|root|home/[a-z]+)', '/'), what: 'names a path of one machine' },
  { pattern: word('\\b(TO', 'DO|FIX', 'ME)\\b'), what: 'leaves something to do' },
];
const switchedOff = [
  { pattern: word('(//|/\\*)\\s*(biome-', 'ignore|@ts-', '(ignore|expect-error|nocheck))'), what: 'switches a check off' },
];
/** Looked for in code without its comments and strings, which may say what they like. */
const forbiddenCode = [
  { pattern: /\bas unknown as\b|: any\b|<any>|\bas any\b/, what: 'turns types off' },
  { pattern: /^\s*(export )?(declare )?(const )?(enum|namespace) \w+ \{/m, what: 'cannot be run by stripping types' },
];

describe('the house', () => {
  test('every import of every file is one that the table in service/README.md allows', () => {
    expect(importViolations(code, table)).toEqual([]);
  });

  test('core says nothing that makes its answer depend on when or where it runs', () => {
    expect(impurityViolations(code, table)).toEqual([]);
  });

  test('the table names rooms and packages that exist, once, without contradiction, each with its reason', () => {
    expect(tableViolations(table, code, packages)).toEqual([]);
  });

  test('whatever the table says, core imports xstate and zod alone, and the sandbox and the service share no code', () => {
    const rowOf = (room: string) => table.find((row) => row.room === room)?.may.map(({ target }) => target) ?? [];
    expect(rowOf('service/core')).toEqual(['xstate', 'zod']);
    expect(rowOf('sandbox').filter((target) => /^(service|config|dev|infra)/.test(target))).toEqual([]);
    for (const { room, may } of table.filter(({ room: name }) => !['sandbox', 'test'].includes(name))) {
      expect(
        may.map(({ target }) => target),
        room,
      ).not.toContain('sandbox');
    }
  });

  test('no file is two rooms, and most are small', () => {
    expect(sizeViolations(code, budget)).toEqual([]);
  });

  test('the linter holds functions to 60 lines', () => {
    const { linter } = JSON.parse(read('biome.json'));
    expect(linter.rules.complexity.noExcessiveLinesPerFunction).toMatchObject({ level: 'error', options: { maxLines: 60 } });
  });

  test('no file names a registry, a path of one machine, or work left over', () => {
    expect(textViolations(all, forbiddenTexts)).toEqual([]);
  });

  test('no code switches a check or the types off', () => {
    expect(textViolations(code, switchedOff)).toEqual([]);
    const bare = code.map(({ path, text }) => ({ path, text: codeOnly(text) }));
    expect(textViolations(bare, forbiddenCode)).toEqual([]);
  });
});

describe('these tests go red', () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  test.each([
    [
      'core imports the store',
      'service/core/a.ts',
      `import { x } from '../store/pool.ts';`,
      /a\.ts imports service\/store\/pool\.ts: service\/core may not/,
    ],
    ['core imports node', 'service/core/a.ts', `import { randomUUID } from 'node:crypto';`, /may not import it/],
    ['work imports an adapter', 'service/work/tasks/a.ts', `import { kms } from '../../ports/kms.ts';`, /service\/ports\/kms\.ts/],
    ['work imports more than types from ports.ts', 'service/work/a.ts', `import { x } from '../ports/ports.ts';`, /only its types/],
    ['http imports a writing statement', 'service/http/a.ts', `import { insertEffect } from '../store/effects.ts';`, /only its types/],
    ['a vendor is reached dynamically', 'service/work/a.ts', `const x = await import('postmark');`, /imports postmark/],
    ['a re-export smuggles', 'service/http/a.ts', `export { a, b } from '../ports/kms.ts';`, /service\/ports\/kms\.ts/],
    ['an import over several lines', 'service/core/a.ts', `import {\n  a,\n  b,\n} from 'pg';`, /imports pg/],
    ['an import for its side effects', 'sandbox/a.ts', `import '../service/main.ts';`, /service\/main\.ts/],
    ['a file in no room', 'elsewhere/a.ts', '', /is in no room/],
  ])('when %s', (_name, path, text, message) => {
    expect(importViolations([file(path, text)], table).join('\n')).toMatch(message);
  });

  test.each([
    ['a type from ports.ts', 'service/work/a.ts', `import type { KeyWrapper } from '../ports/ports.ts';`],
    ['names that are all types', 'service/work/a.ts', `import { type A, type B } from '../ports/ports.ts';`],
    ['its own room', 'service/work/tasks/a.ts', `import { x } from '../apply.ts';`],
    ['a subpath of a package', 'service/ports/a.ts', `import { x } from '@sentry/core/server';`],
    ['a read', 'service/http/a.ts', `import { readJob } from '../store/jobReads.ts';`],
  ])('and not when a file imports %s', (_name, path, text) => {
    expect(importViolations([file(path, text)], table)).toEqual([]);
  });

  test.each([
    ['async function f() {}', 'async'],
    ['const t = Date.now();', 'Date.now'],
    ['const t = new Date( );', 'new Date()'],
    ['const r = Math.random();', 'Math.random'],
    ['const e = process.env;', 'process'],
    ['setTimeout(f, 1);', 'setTimeout'],
    [`const s = \`\${process.pid}\`;`, 'process'],
  ])('when core says %s', (text, found) => {
    expect(impurityViolations([file('service/core/a.ts', `\n${text}`)], table)).toEqual([`service/core/a.ts:2 says ${found}`]);
    expect(impurityViolations([file('service/store/a.ts', text)], table)).toEqual([]);
  });

  test.each([
    ['a comment', '// Date.now is not asked\n/* nor process */'],
    ['a string', `const s = 'await process'; const t = "async";`],
    ['a template', `const s = \`await \${name} process\`;`],
    ['a regular expression', 'const r = /process|[/"]await/;'],
    ['a property', 'const p = step.process; const q = { process: 1 };'],
    ['a time that was passed in', 'const t = new Date(now.getTime() + 1);'],
  ])('and not when the word stands in %s', (_name, text) => {
    expect(impurityViolations([file('service/core/a.ts', text)], table)).toEqual([]);
  });

  test('when a file is too long, or files grow', () => {
    const lines = (count: number): string => 'x\n'.repeat(count);
    expect(
      sizeViolations([file('service/a.ts', lines(301)), file('service/b.ts', lines(1)), file('service/c.ts', lines(1))], {
        ...budget,
        p90: 999,
      }),
    ).toEqual(['service/a.ts has 301 lines, more than 300: it is two rooms']);
    expect(sizeViolations([file('test/a.ts', lines(400))], budget)).toEqual([]);
    expect(sizeViolations([file('test/a.ts', lines(401))], budget)).toHaveLength(1);
    expect(
      sizeViolations(
        [81, 81, 1].map((count, index) => file(`service/${index}.ts`, lines(count))),
        budget,
      ),
    ).toEqual(['the median file has 81 lines, more than 80']);
    const grown = [...Array(8).fill(1), 201, 201].map((count: number, index) => file(`service/${index}.ts`, lines(count)));
    expect(sizeViolations(grown, budget)).toEqual(['the 90th percentile of files is 201 lines, more than 200']);
  });

  test('when the table in the README is weakened, contradicts itself, or cannot be read', () => {
    const changed = (from: string, to: string) => parseImportTable(readme.replace(from, to));
    const withoutCore = changed('| `service/store` | `service/core`, ', '| `service/store` | ');
    expect(importViolations(code, withoutCore).length).toBeGreaterThan(0);
    const contradicting = changed('| `service/core` | `xstate`', '| `service/core` | `service/store`, `xstate`');
    expect(tableViolations(contradicting, code, packages)).toContain('service/core may and must not import service/store');
    const unknown = changed('| `service/core` | `xstate`', '| `service/core` | `left-pad`, `xstate`');
    expect(tableViolations(unknown, code, packages)).toContain('service/core may import left-pad, which is neither here nor installed');
    expect(parseImportTable(readme.replaceAll(' |', '    |'))).toEqual(table);
    expect(() => parseImportTable(readme.replace(importTableHeading, '| room |'))).toThrow(/no table headed/);
    expect(() => changed('| `service/core` |', '| service/core |')).toThrow(/cannot be read/);
  });

  test('when a file names what it must not', () => {
    const registry = ['https://', 'registry.', 'npm', 'js.org'].join('');
    const path = ['see /wo', 'rk/main'].join('');
    expect(textViolations([file('a.md', `x\n${registry}`), file('b.md', path)], forbiddenTexts)).toEqual([
      "a.md:2 names a package registry's host",
      'b.md:1 names a path of one machine',
    ]);
    expect(textViolations([file('a.ts', 'const x = y as unknown as Z;')], forbiddenCode)).toEqual(['a.ts:1 turns types off']);
    expect(textViolations([file('a.ts', 'const x: any = 1;')], forbiddenCode)).toHaveLength(1);
    expect(textViolations([file('a.ts', '\nexport enum A { B }')], forbiddenCode)).toEqual(['a.ts:1 cannot be run by stripping types']);
    expect(textViolations([file('a.ts', ['// biome-', 'ignore lint: no'].join(''))], switchedOff)).toEqual(['a.ts:1 switches a check off']);
  });
});

test('source is read as the compiler reads it', () => {
  expect(codeOnly('a /* b\nc */ d // e\nf')).toBe('a     \n     d     \nf');
  expect(codeOnly(`\`a\${b + \`c\${{ d: 1 }.d}\`}e\`;f`)).toMatch(/^ {4}b \+ {5}\{ d: 1 \}\.d {5};f$/);
  expect(codeOnly('x = a / b / c')).toBe('x = a / b / c');
  expect(
    importsOf(`import a from 'a';\nexport * from './b.ts';\nimport {\n  type C,\n  d,\n} from 'c';\nconst e = await import('e');`),
  ).toEqual([
    { specifier: 'a', typesOnly: false },
    { specifier: './b.ts', typesOnly: false },
    { specifier: 'c', typesOnly: false },
    { specifier: 'e', typesOnly: false },
  ]);
});
