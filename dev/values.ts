/**
 * `npm run values -- --partition Alpha002-dev`: the chart's values of a partition, from its stack's exports, into helm/postroute/values. With `--check`
 * nothing is written, and it ends with 1 when the file there says anything else. Ends with 3 when exports are missing, naming all of them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';
import { loadPartitions, type Partition } from '../config/partitions.ts';
import { checkout } from './tool.ts';
import { valuesText } from './values/partitionValues.ts';
import { MissingExports, readExports } from './values/readExports.ts';

const usage = 'npm run values -- --partition NAME [--check] [--file FILE]';

class UsageError extends Error {}

function readArguments(args: readonly string[]): { partition: string; check: boolean; file: string | null } {
  const options = { partition: { type: 'string' }, check: { type: 'boolean' }, file: { type: 'string' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.partition === undefined) throw new Error('which partition?');
    return { partition: values.partition, check: values.check === true, file: values.file ?? null };
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function partitionNamed(name: string): Partition {
  const { partitions } = loadPartitions();
  const found = partitions.find((partition) => partition.name === name);
  if (found !== undefined) return found;
  const names = partitions.map((partition) => partition.name);
  const best = nearest(name, names);
  throw new UsageError(`config/partitions.yaml has no ${name}; ${best === null ? `it has ${names.join(', ')}` : `did you mean ${best}?`}`);
}

/** Lines of one that the other lacks; a values file is short and its keys are in a fixed order. */
function differences(committed: string, current: string): string[] {
  const [old, now] = [committed.split('\n'), current.split('\n')];
  const only = (from: readonly string[], other: readonly string[], sign: string) =>
    from.filter((line) => !other.includes(line)).map((line) => `${sign} ${line}`);
  return [...only(old, now, '-'), ...only(now, old, '+')];
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const { partition: name, check, file } = readArguments(args);
  const partition = partitionNamed(name);
  const path = file === null ? `${checkout}helm/postroute/values/${name}.yaml` : resolve(file);
  const shown = relative(process.cwd(), path);
  const text = valuesText(partition, await readExports(partition));
  const committed = readOrNull(path);
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`${shown}: ${committed === null ? 'written' : committed === text ? 'unchanged' : 'changed'}\n`);
    return 0;
  }
  if (committed === text) {
    process.stdout.write(`${shown} says what ${name} publishes\n`);
    return 0;
  }
  const difference = committed === null ? ['it does not exist'] : differences(committed, text);
  process.stderr.write(
    `${shown} does not say what ${name} publishes; run: npm run values -- --partition ${name}\n${difference.join('\n')}\n`,
  );
  return 1;
}

const exitMissing = 3;
const exitUsage = 2;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`postroute: ${error.message}\n`);
  process.exitCode = error instanceof MissingExports ? exitMissing : error instanceof UsageError ? exitUsage : 1;
}
