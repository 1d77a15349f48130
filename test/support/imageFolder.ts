/**
 * What a Dockerfile makes, without Docker: its stages as data, and the last stage's files laid out in an empty folder. Files come from the checkout as
 * COPY says, and packages as `npm ci --omit=dev` would leave them, by the lock file. What it does not understand it refuses.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkout } from '../../dev/tool.ts';

export type Instruction = { name: string; text: string };
export type Stage = { base: string; name: string; instructions: readonly Instruction[] };

/** Throws on a line that is no instruction. */
export function stagesOf(dockerfile: string): Stage[] {
  const lines = dockerfile.replaceAll(/\\\n/g, ' ').split('\n');
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  const given = new Map<string, string>();
  for (const line of lines.map((each) => each.trim()).filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const meant = text.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => given.get(key) ?? '');
    if (name === 'ARG') given.set(text.split('=')[0] ?? '', text.split('=')[1] ?? '');
    else if (name === 'FROM') stages.push({ base: meant.split(' ')[0] ?? '', name: / AS (\w+)$/.exec(meant)?.[1] ?? '', instructions: [] });
    else if (name === '' || stages.length === 0) throw new Error(`this line is no instruction: ${line}`);
    else stages.at(-1)?.instructions.push({ name, text: meant });
  }
  return stages;
}

export const lastOf = (stages: readonly Stage[]): Stage => {
  const last = stages.at(-1);
  if (last === undefined) throw new Error('there is no stage');
  return last;
};

export const instructionsOf = ({ instructions }: Stage, name: string): string[] =>
  instructions.filter((each) => each.name === name).map(({ text }) => text);

/** Lays out `stage` below `folder`, which stands for its root. */
export function layOut(stages: readonly Stage[], stage: Stage, folder: string): void {
  const base = stages.find(({ name }) => name === stage.base);
  if (base !== undefined) layOut(stages, base, folder);
  let workFolder = base === undefined ? '/' : (instructionsOf(base, 'WORKDIR').at(-1) ?? '/');
  for (const { name, text } of stage.instructions) {
    if (name === 'WORKDIR') workFolder = text;
    else if (name === 'COPY') copy(stages, text, folder, workFolder);
    else if (name === 'RUN') carryOut(text, join(folder, workFolder));
  }
}

function copy(stages: readonly Stage[], text: string, folder: string, workFolder: string): void {
  const words = text.split(/\s+/);
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop() ?? '';
  const into = join(folder, resolve(workFolder, target));
  if (from === undefined) {
    for (const source of words) copyFromCheckout(source, target.endsWith('/') ? join(into, source) : into);
    return;
  }
  const stage = stages.find(({ name }) => name === from);
  if (stage === undefined) throw new Error(`COPY names a stage that is not there: ${from}`);
  const side = `${folder}-${from}`;
  layOut(stages, stage, side);
  for (const source of words) {
    const path = join(side, source);
    // A file of the base image, such as Node itself, is none that this can make.
    if (existsSync(path)) cpSync(path, into, { recursive: true, verbatimSymlinks: true });
    else if (stage.instructions.some(({ text: made }) => made.includes(source))) throw new Error(`the stage ${from} makes no ${source}`);
  }
  rmSync(side, { recursive: true, force: true });
}

const allowed = (): string[] =>
  readFileSync(join(checkout, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));

function copyFromCheckout(source: string, into: string): void {
  if (!allowed().includes(source)) throw new Error(`.dockerignore keeps ${source} from being copied`);
  mkdirSync(dirname(into), { recursive: true });
  cpSync(join(checkout, source), into, { recursive: true });
}

type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }> };

function carryOut(command: string, at: string): void {
  if (command.startsWith('npm ci --omit=dev')) {
    const { packages } = JSON.parse(readFileSync(join(at, 'package-lock.json'), 'utf8')) as Lock;
    const kept = Object.entries(packages).filter(
      ([path, { dev, devOptional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true && devOptional !== true,
    );
    for (const [path] of kept) link(path, at);
    return;
  }
  // A cache of compiled code: without it a start is slower, and otherwise the same.
  if (command.startsWith('NODE_COMPILE_CACHE=')) return;
  throw new Error(`nobody knows what this would make: RUN ${command}`);
}

/** A link in the place of a copy: Node is told not to look behind it (`--preserve-symlinks`), so that what is not laid out is not found. */
function link(path: string, at: string): void {
  const source = join(checkout, path);
  // An optional package of another platform is nowhere.
  if (!existsSync(source)) return;
  mkdirSync(dirname(join(at, path)), { recursive: true });
  symlinkSync(source, join(at, path), 'dir');
}
