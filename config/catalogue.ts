/**
 * Every setting as one line of data, read from the schema itself, so that the loader, the reference page and the printed configuration cannot
 * disagree with it.
 */
import { z } from 'zod';
import { settingsSchema } from './schema.ts';
import { validInWords } from './valid.ts';

export type SettingKind = 'text' | 'number' | 'boolean' | 'list';

export type Setting = {
  /** `drift.dns.enabled` */
  path: string;
  /** Names of the environment, the platform's own first. */
  environmentNames: readonly string[];
  kind: SettingKind;
  /** What the elements of a list are, and the kind itself otherwise. */
  elementKind: Exclude<SettingKind, 'list'>;
  /** In words: `one of api, worker`. */
  valid: string;
  description: string;
  secret: boolean;
  required: boolean;
  /** Undefined when it has none. */
  fallback: unknown;
};

/** Names that the platform gives for settings of ours. */
const platformNames: Readonly<Record<string, string>> = {
  databaseUrl: 'DATABASE_URL',
  'apiKey.current': 'ARDA_API_KEY',
  'apiKey.previous': 'ARDA_API_KEY_PREVIOUS',
  'apiKey.file': 'ARDA_API_KEY_FILE',
  'sentry.dsn': 'SENTRY_DSN',
  'tracing.endpoint': 'OTEL_EXPORTER_OTLP_ENDPOINT',
  'tracing.headers': 'OTEL_EXPORTER_OTLP_HEADERS',
  'metrics.port': 'METRICS_PORT',
  roles: 'ROLES',
  partition: 'PARTITION',
};

/** `verification.pollingIntervalSeconds` → `EMAIL_VERIFICATION_POLLING_INTERVAL_SECONDS` */
export function environmentName(path: string): string {
  return `EMAIL_${path
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;
}

export const catalogue: readonly Setting[] = leaves(settingsSchema, '');

export const settingAt = (path: string): Setting | undefined => catalogue.find((setting) => setting.path === path);

function leaves(schema: z.core.$ZodType, path: string): Setting[] {
  const bare = unwrap(schema);
  if (bare.inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = bare.inner.shape;
    return Object.entries(shape).flatMap(([key, child]) => leaves(child, path === '' ? key : `${path}.${key}`));
  }
  return [leaf(path, bare)];
}

function leaf(path: string, { inner, fallback, optional, nullable, meta }: Bare): Setting {
  const element = inner instanceof z.ZodArray ? unwrap(inner.element).inner : inner;
  const elementKind = kindOf(element);
  const kind = inner instanceof z.ZodArray ? 'list' : elementKind;
  const platform = platformNames[path];
  const valid = kind === 'list' ? `a list, each ${validOf(element)}` : validOf(element);
  return {
    path,
    environmentNames: [...(platform === undefined ? [] : [platform]), environmentName(path)],
    kind,
    elementKind,
    valid: nullable ? `${valid}, or null` : valid,
    description: typeof meta['description'] === 'string' ? meta['description'] : '',
    secret: meta['secret'] === true,
    required: !optional && fallback === undefined,
    fallback,
  };
}

type Bare = { inner: z.core.$ZodType; fallback: unknown; optional: boolean; nullable: boolean; meta: Record<string, unknown> };

/** Takes off defaults, optional and nullable; the outermost description wins. */
function unwrap(schema: z.core.$ZodType): Bare {
  const meta = { ...(z.globalRegistry.get(schema) ?? {}) };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const bare = unwrap(schema.def.innerType);
    return { ...bare, fallback: schema.def.defaultValue, meta: { ...bare.meta, ...meta } };
  }
  if (schema instanceof z.ZodOptional) {
    const bare = unwrap(schema.def.innerType);
    return { ...bare, optional: true, meta: { ...bare.meta, ...meta } };
  }
  if (schema instanceof z.ZodNullable) {
    const bare = unwrap(schema.def.innerType);
    return { ...bare, nullable: true, meta: { ...bare.meta, ...meta } };
  }
  return { inner: schema, fallback: undefined, optional: false, nullable: false, meta };
}

function kindOf(schema: z.core.$ZodType): Exclude<SettingKind, 'list'> {
  if (schema instanceof z.ZodNumber) return 'number';
  return schema instanceof z.ZodBoolean ? 'boolean' : 'text';
}

function validOf(schema: z.core.$ZodType): string {
  return validInWords(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}
