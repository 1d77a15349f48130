/** What helm rendered, as data: one manifest a document, and the few fields of them that the rules look at. */
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const labels = z.record(z.string(), z.string()).default({});

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels, annotations: labels }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** `Deployment/postroute-api` */
export const titleOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

/**
 * As the API server's own reader takes it, which is YAML 1.1 (0440 is a number of base eight). Throws on a key that is there twice, or a document that is
 * no manifest.
 */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true, merge: false }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    const content: unknown = document.toJS();
    return content === null ? [] : [manifestSchema.parse(content)];
  });
}

export const ofKind = (manifests: readonly Manifest[], kind: string): Manifest[] => manifests.filter((each) => each.kind === kind);

const probe = z.looseObject({
  httpGet: z.looseObject({ path: z.string(), port: z.union([z.string(), z.number()]) }).optional(),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
  failureThreshold: z.number().default(3),
});
export type Probe = z.infer<typeof probe>;

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z.array(z.looseObject({ name: z.string(), containerPort: z.number(), hostPort: z.number().optional() })).default([]),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
  startupProbe: probe.optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  lifecycle: z.looseObject({ preStop: z.looseObject({ sleep: z.looseObject({ seconds: z.number() }).optional() }).optional() }).optional(),
  securityContext: z.looseObject({}).optional(),
});
export type Container = z.infer<typeof container>;

const item = z.looseObject({ key: z.string(), path: z.string() });
const secretSource = z.looseObject({ name: z.string(), optional: z.boolean().default(false), items: z.array(item).default([]) });
const volume = z.looseObject({
  name: z.string(),
  configMap: z.looseObject({ name: z.string() }).optional(),
  projected: z.looseObject({ sources: z.array(z.looseObject({ secret: secretSource.optional() })) }).optional(),
  csi: z.looseObject({ driver: z.string(), volumeAttributes: z.record(z.string(), z.string()).default({}) }).optional(),
});
export type Volume = z.infer<typeof volume>;

const podSpec = z.looseObject({
  serviceAccountName: z.string().default('default'),
  terminationGracePeriodSeconds: z.number().default(30),
  imagePullSecrets: z.array(z.looseObject({ name: z.string() })).default([]),
  securityContext: z.looseObject({}).optional(),
  initContainers: z.array(container).default([]),
  containers: z.array(container).min(1),
  volumes: z.array(volume).default([]),
});

const deploymentSchema = manifestSchema.extend({
  spec: z.looseObject({
    replicas: z.number().optional(),
    selector: z.looseObject({ matchLabels: labels }),
    template: z.looseObject({ metadata: z.looseObject({ labels, annotations: labels }), spec: podSpec }),
  }),
});
export type Deployment = z.infer<typeof deploymentSchema>;

export const deploymentsOf = (manifests: readonly Manifest[]): Deployment[] =>
  ofKind(manifests, 'Deployment').map((manifest) => deploymentSchema.parse(manifest));

export const containersOf = ({ spec }: Deployment): Container[] => [...spec.template.spec.initContainers, ...spec.template.spec.containers];

/** A field of a manifest by its path; undefined when there is none. */
export function fieldOf(tree: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), tree);
}
