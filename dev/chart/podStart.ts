/**
 * What the kubelet would give a container: its arguments, its environment, and the files of its volumes, written below a folder of this machine. So that
 * a test can start the very process that the chart asks for, and a rule can read its settings as the service will.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Container, deploymentsOf, fieldOf, type Manifest, ofKind, type Volume } from './manifests.ts';

export type SecretTexts = {
  /** Secrets that are there already: name → key → text. */
  secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the store holds, by the entry's ARN or name. */
  store?: Readonly<Record<string, string>>;
};

export type PodStart = {
  args: readonly string[];
  /** Paths of mounts are those below the folder. */
  env: Readonly<Record<string, string>>;
  ports: Readonly<Record<string, number>>;
  preStopSeconds: number;
  graceSeconds: number;
};

type Wanted = SecretTexts & { manifests: readonly Manifest[]; role: string; container?: string; folder: string };

/** Throws when the role, the container, or something that it mounts is not there. */
export function podStart({ manifests, role, container: name = 'postroute', folder, ...texts }: Wanted): PodStart {
  const deployment = deploymentsOf(manifests).find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === role);
  const pod = deployment?.spec.template.spec;
  const container = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].find((each) => each.name === name);
  if (pod === undefined || container === undefined) throw new Error(`there is no container ${name} of the role ${role}`);
  for (const { name: mounted, mountPath } of container.volumeMounts) {
    const volume = pod.volumes.find((each) => each.name === mounted);
    if (volume === undefined) throw new Error(`the container ${name} mounts a volume ${mounted}, which the pod does not have`);
    for (const [file, text] of filesOf(volume, manifests, texts)) write(join(folder, mountPath, file), text);
  }
  return {
    args: container.args,
    env: movedEnv(container, folder),
    ports: Object.fromEntries(container.ports.map((port) => [port.name, port.containerPort])),
    preStopSeconds: container.lifecycle?.preStop?.sleep?.seconds ?? 0,
    graceSeconds: pod.terminationGracePeriodSeconds,
  };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
}

function movedEnv({ env, volumeMounts }: Container, folder: string): Record<string, string> {
  const moved = (value: string): string =>
    volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`)) ? join(folder, value) : value;
  return Object.fromEntries(env.map(({ name, value = '' }) => [name, moved(value)]));
}

function filesOf(volume: Volume, manifests: readonly Manifest[], texts: SecretTexts): [string, string][] {
  if (volume.configMap !== undefined) return configMapFiles(volume.configMap.name, manifests);
  if (volume.csi !== undefined) return storeFiles(volume.csi.volumeAttributes['secretProviderClass'] ?? '', manifests, texts);
  return (volume.projected?.sources ?? []).flatMap(({ secret }) => {
    if (secret === undefined) return [];
    const held = texts.secrets?.[secret.name] ?? fetchedSecret(secret.name, manifests, texts);
    return secret.items.flatMap(({ key, path }): [string, string][] => {
      const text = held?.[key];
      if (text === undefined && !secret.optional) throw new Error(`there is no Secret ${secret.name} with the key ${key}`);
      return text === undefined ? [] : [[path, text]];
    });
  });
}

function configMapFiles(name: string, manifests: readonly Manifest[]): [string, string][] {
  const found = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no ConfigMap ${name}`);
  return Object.entries(z.record(z.string(), z.string()).parse(fieldOf(found, 'data')));
}

const fetched = z.array(z.looseObject({ secretKey: z.string(), remoteRef: z.looseObject({ key: z.string() }) }));

/** The Secret that an ExternalSecret makes; null when none makes it. */
function fetchedSecret(name: string, manifests: readonly Manifest[], texts: SecretTexts): Record<string, string> | null {
  const maker = ofKind(manifests, 'ExternalSecret').find((each) => fieldOf(each, 'spec', 'target', 'name') === name);
  if (maker === undefined) return null;
  const data = fetched.parse(fieldOf(maker, 'spec', 'data'));
  return Object.fromEntries(data.map(({ secretKey, remoteRef }) => [secretKey, storeText(remoteRef.key, texts)]));
}

const objects = z.array(z.looseObject({ objectName: z.string(), objectAlias: z.string() }));

function storeFiles(name: string, manifests: readonly Manifest[], texts: SecretTexts): [string, string][] {
  const provider = ofKind(manifests, 'SecretProviderClass').find(({ metadata }) => metadata.name === name);
  if (provider === undefined) throw new Error(`there is no SecretProviderClass ${name}`);
  const text = z.string().parse(fieldOf(provider, 'spec', 'parameters', 'objects'));
  return objects.parse(parse(text)).map(({ objectName, objectAlias }) => [objectAlias, storeText(objectName, texts)]);
}

function storeText(entry: string, { store = {} }: SecretTexts): string {
  const text = store[entry];
  if (text === undefined) throw new Error(`the store has no ${entry}`);
  return text;
}
