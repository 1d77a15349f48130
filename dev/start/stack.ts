/**
 * Everything that `npm start` runs, as one thing that starts.
 *
 * Guarantee: when it answers, all of it answers; when it throws, everything that was started lies on the pile, and stopping the pile leaves nothing. The
 * pile's order is the order of need: services, sandbox, Postgres, folder.
 */
import { join } from 'node:path';
import { freePort } from '../ports.ts';
import { writePrivately } from '../writePrivately.ts';
import { warmCodeCache } from './codeCache.ts';
import { openDataFolder } from './dataFolder.ts';
import { type Foundation, layFoundation } from './foundation.ts';
import { openFrontDoor } from './frontDoor.ts';
import type { StartOptions } from './options.ts';
import type { Pile } from './pile.ts';
import { type PortName, planPorts, takenPorts } from './portPlan.ts';
import type { ReadyLine } from './readyLine.ts';
import { type Replica, type ServiceFacts, startReplica } from './replica.ts';
import { loadSecrets, operatorKey } from './secrets.ts';
import { addedEnvironment, type Surroundings, serviceEnvironment } from './serviceEnvironment.ts';

export type Stack = {
  readyLine: ReadyLine;
  /** For `node --env-file`, with `--no-service`. */
  environmentFile: string | null;
  /** Resolves when something that all the rest needs has ended by itself. */
  broken: Promise<string>;
};

type ReplicaPorts = { 'http.port': number; 'metrics.port': number | null };

/**
 * The first replica has the ports that were asked for; each further one takes a free one, and all keep theirs when they are started again. `/metrics` is on
 * the address of each, which the ready line names; only the first's moves to a port of its own when one is asked for.
 */
async function replicaPorts(options: StartOptions, planned: Record<PortName, number>): Promise<ReplicaPorts[]> {
  const used = new Set<number>();
  const take = async (wanted: number): Promise<number> => {
    const port = wanted === 0 ? await freePort(used) : wanted;
    used.add(port);
    return port;
  };
  const all: ReplicaPorts[] = [];
  for (let index = 0; index < options.replicas; index += 1) {
    const http = await take(index === 0 ? planned.service : 0);
    const apart = index === 0 && options.ports.metrics !== undefined;
    all.push({ 'http.port': http, 'metrics.port': apart ? await take(planned.metrics) : null });
  }
  return all;
}

async function startServices(replicas: readonly Replica[], pile: Pile, signal: AbortSignal): Promise<ServiceFacts[]> {
  pile.add({
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
    },
    kill: () => {
      for (const replica of replicas) replica.kill();
    },
  });
  return Promise.all(replicas.map((replica) => replica.ready(signal)));
}

/** One address for all replicas: a webhook names one, and the replica that it would name may be the one that is killed. */
async function openCallbacks(port: number, replicaPortList: readonly number[], pile: Pile): Promise<string> {
  const door = await openFrontDoor(port, replicaPortList);
  pile.add({ stop: () => door.close(), kill: () => void door.close() });
  return door.url;
}

function writeEnvironmentFile(folder: string, environment: Record<string, string>): string {
  const path = join(folder, 'service.env');
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
  writePrivately(path, lines.join(''));
  return path;
}

export async function startStack(options: StartOptions, environment: NodeJS.ProcessEnv, pile: Pile, signal: AbortSignal): Promise<Stack> {
  const folder = openDataFolder(options, pile);
  const planned = await planPorts(options.ports, options.ephemeral);
  // Postgres looks for itself, after it has stopped one that a killed launcher left on its port.
  const several = options.service && options.replicas > 1;
  const notOurs = { postgres: 0, ...(several ? {} : { callbacks: 0 }), ...(options.service ? {} : { service: 0, metrics: 0 }) };
  const taken = await takenPorts({ ...planned, ...notOurs });
  if (taken.length > 0) throw new Error(taken.join('\npostroute: '));
  const ports = await replicaPorts(options, planned);
  const secrets = loadSecrets(folder);
  const apiKey = operatorKey(environment, secrets);
  signal.throwIfAborted();

  const warmed = warmCodeCache();
  const foundation: Foundation = await layFoundation({ folder, ephemeral: options.ephemeral, ports: planned, environment }, pile);
  await warmed;
  signal.throwIfAborted();

  const replicaPortList = ports.map((own) => own['http.port']);
  const webhookPublicUrl = several
    ? await openCallbacks(planned.callbacks, replicaPortList, pile)
    : `http://127.0.0.1:${replicaPortList[0] ?? 0}`;
  const surroundings: Surroundings = { ...foundation, apiKey, webhookSigningKey: secrets.webhookSigningKey, webhookPublicUrl };
  const envs = ports.map((own) => serviceEnvironment(environment, surroundings, own));
  const replicas = options.service
    ? envs.map((env, index) => startReplica({ name: `service ${index + 1}`, env, restart: options.restart }))
    : [];
  const facts = await startServices(replicas, pile, signal);
  const portSetting = { EMAIL_HTTP_PORT: String(ports[0]?.['http.port'] ?? 0) };
  return {
    environmentFile: options.service
      ? null
      : writeEnvironmentFile(folder, { ...addedEnvironment(environment, surroundings), ...portSetting }),
    broken: foundation.broken,
    readyLine: {
      ready: true,
      service: facts[0]?.url ?? null,
      services: facts.map(({ url }) => url),
      metrics: facts[0]?.metrics ?? null,
      apiKey,
      databaseUrl: foundation.databaseUrl,
      dataDir: folder,
      sandbox: foundation.sandbox.addresses,
      pids: { service: replicas.map((replica) => replica.pid()), ...foundation.pids },
    },
  };
}
