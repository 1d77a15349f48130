/**
 * Holds every manifest against the types of the Kubernetes API, strictly: a field that is unknown, of another type, missing, or none of the listed words
 * is a problem, at any depth, as the API server's own strict validation has it. Custom resources (Prometheus, External Secrets, Gateway API) likewise.
 *
 * Mechanism: each manifest becomes one line of TypeScript, a literal with its kind's type, and the compiler's check for excess properties does the rest;
 * it takes less than a second for all of them. Patterns and ranges are beyond types, so that the same packages' validators are asked as well.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout, toolEnvironment } from '../tool.ts';
import { type Manifest, titleOf } from './manifests.ts';
import type { Render } from './render.ts';

const nodeModules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** As TypeScript writes a type of another module; put together, since it is none of this module's own imports. */
const typeFrom = (module: string, name: string): string => `${'import'}('${module}').${name}`;

const objectMeta = typeFrom('@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta', 'IObjectMeta');
/** Nobody publishes types of the Secrets Store CSI driver. */
const secretProviderClass = `{ apiVersion: 'secrets-store.csi.x-k8s.io/v1'; kind: 'SecretProviderClass'; metadata: ${objectMeta};
  spec: { provider: 'aws'; parameters: { region: string; usePodIdentity: 'true' | 'false'; objects: string } } }`.replaceAll('\n', ' ');

const packages: readonly (readonly [group: RegExp, name: string])[] = [
  [/^monitoring\.coreos\.com$/, '@kubernetes-models/prometheus-operator'],
  [/^external-secrets\.io$/, '@kubernetes-models/external-secrets'],
  [/^gateway\.networking\.k8s\.io$/, '@kubernetes-models/gateway-api'],
  [/^([a-z]+|[a-z.]+\.k8s\.io|)$/, 'kubernetes-models'],
];

/** `kubernetes-models/apps/v1/Deployment`; null when no package has the kind. */
function moduleOf({ apiVersion, kind }: Manifest): string | null {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const found = packages.find(([pattern]) => pattern.test(group));
  const module = found === undefined ? null : `${found[1]}/${apiVersion}/${kind}`;
  return module !== null && existsSync(`${nodeModules}${module}.d.ts`) ? module : null;
}

const typeOf = (manifest: Manifest): string | null => {
  if (manifest.kind === 'SecretProviderClass') return secretProviderClass;
  const module = moduleOf(manifest);
  return module === null ? null : typeFrom(module, `I${manifest.kind}`);
};

/** Each distinct manifest once, with the first render that has it. */
export async function apiTypes(renders: readonly Render[]): Promise<{ problems: string[]; count: number }> {
  const distinct = new Map<string, { manifest: Manifest; where: string }>();
  for (const { name, manifests } of renders)
    for (const manifest of manifests) {
      const text = JSON.stringify(manifest);
      if (!distinct.has(text)) distinct.set(text, { manifest, where: `${name}: ${titleOf(manifest)}` });
    }
  const all = [...distinct.values()];
  const problems = [...(await typeProblems(all)), ...(await validatorProblems(all))];
  return { problems, count: all.length };
}

type Placed = { manifest: Manifest; where: string };

async function typeProblems(all: readonly Placed[]): Promise<string[]> {
  const untyped = all
    .filter(({ manifest }) => typeOf(manifest) === null)
    .map(({ where, manifest }) => `${where}: there is no ${manifest.kind} in ${manifest.apiVersion}`);
  const lines = all.map(({ manifest }, index) => `export const m${index}: ${typeOf(manifest) ?? 'unknown'} = ${JSON.stringify(manifest)};`);
  const output = await compile(lines.join('\n'));
  const found = [...output.matchAll(/^\S+\.ts\((\d+),\d+\): error TS\d+: (.*)$/gm)].map(
    ([, line, text = '']) => `${all[Number(line) - 1]?.where}: ${text}`,
  );
  // Something else than a manifest's line is wrong: the check itself did not run.
  if (output !== '' && found.length === 0) throw new Error(`the manifests could not be held against their types: ${output.slice(0, 500)}`);
  return [...untyped, ...found];
}

/** What the compiler says; empty when it is content. The packages are found from inside node_modules. */
async function compile(source: string): Promise<string> {
  const caches = `${nodeModules}.cache/`;
  mkdirSync(caches, { recursive: true });
  const folder = mkdtempSync(join(caches, 'postroute-chart-'));
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: [],
    noEmit: true,
    skipLibCheck: true,
    strict: true,
  };
  try {
    writeFileSync(join(folder, 'manifests.ts'), `${source}\n`);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    return await new Promise((resolve) => {
      const options = { cwd: folder, env: toolEnvironment(), maxBuffer: 16 * 1024 * 1024 };
      execFile(`${checkout}node_modules/.bin/tsc`, ['-p', '.', '--pretty', 'false'], options, (error, stdout, stderr) => {
        resolve(error === null ? '' : `${stdout}${stderr}` || error.message);
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Model = new (manifest: Manifest) => { validate(): void };

async function validatorProblems(all: readonly Placed[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { manifest, where } of all) {
    const module = moduleOf(manifest);
    if (module === null) continue;
    const models: Record<string, Model> = await import(`${nodeModules}${module}.js`);
    try {
      const model = models[manifest.kind];
      if (model !== undefined) new model(manifest).validate();
    } catch (error) {
      problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return problems;
}
