/** The rules of the house as pure functions: files and a table in, sentences about what breaks a rule out. */
import { posix } from 'node:path';
import type { Allowance, ImportRow } from './importTable.ts';
import { codeOnly, type Import, importsOf } from './sourceText.ts';

/** `path` from the checkout's root, with slashes. */
export type SourceFile = { path: string; text: string };

const within = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** The row of the longest room that is a prefix of the path. */
export function rowFor(path: string, table: readonly ImportRow[]): ImportRow | undefined {
  return table.filter((row) => within(path, row.room)).toSorted((a, b) => b.room.length - a.room.length)[0];
}

/** `./b.ts` seen from `service/core/a.ts` is `service/core/b.ts`; a package stays what it is. */
const targetOf = (file: SourceFile, specifier: string): string =>
  specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : specifier;

function covers({ target }: Allowance, wanted: string): boolean {
  if (!target.includes('*')) return within(wanted, target);
  const pattern = target.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join(target === '*' || target.endsWith(':*') ? '.*' : '[^/]*')}$`).test(wanted);
}

function importProblem(file: SourceFile, { specifier, typesOnly }: Import, row: ImportRow, table: readonly ImportRow[]): string | null {
  const target = targetOf(file, specifier);
  if (specifier.startsWith('.') && rowFor(target, table)?.room === row.room) return null;
  const matching = row.may.filter((allowance) => covers(allowance, target));
  if (matching.some((allowance) => typesOnly || !allowance.typesOnly)) return null;
  const what = matching.length === 0 ? `${row.room} may not import it` : `${row.room} may import only its types`;
  return `${file.path} imports ${target}: ${what} (${row.why})`;
}

export function importViolations(files: readonly SourceFile[], table: readonly ImportRow[]): string[] {
  return files.flatMap((file) => {
    const row = rowFor(file.path, table);
    if (row === undefined) return [`${file.path} is in no room of the table`];
    return importsOf(file.text).flatMap((each) => importProblem(file, each, row, table) ?? []);
  });
}

const isRoom = (word: string, table: readonly ImportRow[]): boolean => word.includes('/') || table.some(({ room }) => room === word);

/** Words of code that the third column forbids to a room. */
export function impurityViolations(files: readonly SourceFile[], table: readonly ImportRow[]): string[] {
  return files.flatMap((file) => {
    const words = rowFor(file.path, table)?.mustNot.filter((word) => !isRoom(word, table)) ?? [];
    if (words.length === 0) return [];
    const code = codeOnly(file.text);
    return words.flatMap((word) => {
      const pattern = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace('\\(\\)', '\\s*\\(\\s*\\)');
      const found = new RegExp(`(?<![\\w$.])${pattern}${/\w$/.test(word) ? '(?![\\w$:])' : ''}`).exec(code);
      return found === null ? [] : [`${file.path}:${code.slice(0, found.index).split('\n').length} says ${word}`];
    });
  });
}

/** What the table itself gets wrong: contradictions, rooms twice, words that name nothing. `known`: packages that are installed by name. */
export function tableViolations(table: readonly ImportRow[], files: readonly SourceFile[], known: ReadonlySet<string>): string[] {
  const exists = (target: string): boolean =>
    target.includes('*') ||
    table.some(({ room }) => room === target) ||
    files.some(({ path }) => within(path, target)) ||
    known.has(target);
  return table.flatMap(({ room, may, mustNot, why }, index) => [
    ...(table.findIndex((row) => row.room === room) === index ? [] : [`${room} has two rows`]),
    ...(why === '' ? [`${room} gives no reason`] : []),
    ...may.filter(({ target }) => !exists(target)).map(({ target }) => `${room} may import ${target}, which is neither here nor installed`),
    ...may.filter(({ target }) => mustNot.includes(target)).map(({ target }) => `${room} may and must not import ${target}`),
  ]);
}

export type Budget = { lines: number; testLines: number; median: number; p90: number };

const lineCount = ({ text }: SourceFile): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

export function sizeViolations(files: readonly SourceFile[], budget: Budget): string[] {
  const isTest = ({ path }: SourceFile): boolean => within(path, 'test');
  const tooLong = files.flatMap((file) => {
    const limit = isTest(file) ? budget.testLines : budget.lines;
    const lines = lineCount(file);
    return lines > limit ? [`${file.path} has ${lines} lines, more than ${limit}: it is two rooms`] : [];
  });
  const sizes = files
    .filter((file) => !isTest(file))
    .map(lineCount)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0;
  return [
    ...tooLong,
    ...(at(0.5) > budget.median ? [`the median file has ${at(0.5)} lines, more than ${budget.median}`] : []),
    ...(at(0.9) > budget.p90 ? [`the 90th percentile of files is ${at(0.9)} lines, more than ${budget.p90}`] : []),
  ];
}

/** Texts that must stand in no file at all, with what is wrong about them. */
export function textViolations(files: readonly SourceFile[], forbidden: readonly { pattern: RegExp; what: string }[]): string[] {
  return files.flatMap(({ path, text }) =>
    forbidden.flatMap(({ pattern, what }) => {
      const found = pattern.exec(text);
      return found === null ? [] : [`${path}:${text.slice(0, found.index).split('\n').length} ${what}`];
    }),
  );
}
