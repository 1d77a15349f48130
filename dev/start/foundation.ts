/** What a service stands on: a migrated database, the sandbox, and a material registry that the sandbox's KMS has wrapped. */
import { join } from 'node:path';
import { migrate } from '../../service/store/migrate.ts';
import { startOwnDatabase } from './database.ts';
import { ensureMaterialRegistry } from './materialRegistry.ts';
import type { Pile } from './pile.ts';
import type { PortName } from './portPlan.ts';
import { type SandboxFacts, startSandbox } from './sandbox.ts';
import { givenSetting } from './serviceEnvironment.ts';

const sandboxStopLimitMs = 5_000;
const defaultZoneName = 'dev.ardamails.com';
const defaultPartition = 'Alpha002-dev';

export type Foundation = {
  databaseUrl: string;
  partition: string;
  registryFile: string;
  sandbox: SandboxFacts;
  pids: { sandbox: number; postgres: number | null };
  /** Resolves when one of the processes has ended by itself. */
  broken: Promise<string>;
};

export type FoundationOptions = { folder: string; ephemeral: boolean; ports: Record<PortName, number>; environment: NodeJS.ProcessEnv };

type Database = { url: string; pid: number | null; ended: Promise<string> | null };

async function prepareDatabase({ folder, ephemeral, ports, environment }: FoundationOptions, pile: Pile): Promise<Database> {
  const given = givenSetting(environment, 'databaseUrl');
  if (given !== null) {
    await migrate(given);
    return { url: given, pid: null, ended: null };
  }
  const { url, postgres } = await startOwnDatabase(folder, ports.postgres, ephemeral);
  // Its watchdog ends it when this process is gone.
  pile.add({ stop: postgres.stop, kill: () => {} });
  if (postgres.note !== null) process.stderr.write(`postroute: ${postgres.note}\n`);
  await migrate(url);
  return { url, pid: postgres.pid, ended: postgres.ended };
}

type World = { facts: SandboxFacts; pid: number; ended: Promise<string>; registryFile: string; partition: string };

async function prepareWorld({ folder, ephemeral, ports, environment }: FoundationOptions, pile: Pile): Promise<World> {
  const stateFile = ephemeral ? null : join(folder, 'sandbox-state.json');
  const { child, facts } = startSandbox({ ports, zoneName: givenSetting(environment, 'mailZone.name') ?? defaultZoneName, stateFile });
  pile.add({ stop: () => child.stop(sandboxStopLimitMs), kill: child.kill });
  const known = await facts();
  const partition = givenSetting(environment, 'partition') ?? defaultPartition;
  const wrapping = { folder, kmsEndpoint: known.addresses.kms, kmsKeyArn: known.kmsKeyArn, partition };
  const registryFile = givenSetting(environment, 'material.registryFile') ?? (await ensureMaterialRegistry(wrapping));
  return { facts: known, pid: child.pid, ended: child.ended.then((end) => `the sandbox ended: ${end}`), registryFile, partition };
}

export async function layFoundation(options: FoundationOptions, pile: Pile): Promise<Foundation> {
  // Both are waited for even when one fails: what is still starting could not be stopped.
  const [database, world] = await Promise.allSettled([prepareDatabase(options, pile), prepareWorld(options, pile)]);
  if (database.status === 'rejected') throw database.reason;
  if (world.status === 'rejected') throw world.reason;
  const { facts, pid, ended, registryFile, partition } = world.value;
  return {
    databaseUrl: database.value.url,
    partition,
    registryFile,
    sandbox: facts,
    pids: { sandbox: pid, postgres: database.value.pid },
    broken: Promise.race([ended, ...(database.value.ended === null ? [] : [database.value.ended])]),
  };
}
