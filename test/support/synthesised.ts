/** Templates as `cdk deploy` would send them, made in this process; and their values once every reference stands for something. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Installation, parsePartitions } from '../../config/partitions.ts';
import { installationApp } from '../../infra/installationApp.ts';
import type { PolicyDocument } from './iamPolicy.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Resource = {
  Type: string;
  Properties?: Record<string, Json>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Metadata?: { 'aws:cdk:path'?: string; cdk_nag?: Json };
};
export type Template = { Resources: Record<string, Resource>; Outputs?: Record<string, { Value: Json; Export?: { Name: string } }> };

/** By name of the stack. `npm run synth` also checks every property against CloudFormation's schema, which costs seconds and is left out here. */
export function synthesise(installation: Installation): Record<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'postroute-synth-'));
  try {
    const context = { '@aws-cdk/core:validateAgainstDefaultRules': false, 'aws:cdk:enable-path-metadata': true };
    installationApp(installation, { outdir, context }).synth();
    const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
    return Object.fromEntries(
      files.map((file) => [file.replace('.template.json', ''), JSON.parse(readFileSync(join(outdir, file), 'utf8')) as Template]),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** One partition `Alpha002-dev` in account 100000000012, with these lines in place of its defaults. */
export function onePartition(
  lines: Readonly<Record<string, Json>> = {},
  cluster: Json = { name: 'alpha002', trust: 'podIdentity' },
): Installation {
  const partition = { mailRoot: 'ardamails.com', postmarkAccount: 'arda', publicUrl: 'https://email.example', ...lines };
  const file = {
    mailRoots: { 'ardamails.com': { account: '100000000001', region: 'us-east-1' } },
    infrastructures: { Alpha002: { account: '100000000012', region: 'us-east-1', cluster, partitions: { dev: partition } } },
  };
  return parsePartitions(JSON.stringify(file), 'the test');
}

/** What a reference stands for: `Ref` and `Fn::GetAtt` become `{logical id}` and `{logical id}.{attribute}` unless `known` says otherwise. */
export function resolved(value: Json, known: Readonly<Record<string, string>> = {}): Json {
  if (Array.isArray(value)) return value.map((each) => resolved(each, known));
  if (value === null || typeof value !== 'object') return value;
  const tree = value as { readonly [key: string]: Json };
  if (typeof tree['Ref'] === 'string') return known[tree['Ref']] ?? tree['Ref'];
  const attribute = tree['Fn::GetAtt'];
  if (Array.isArray(attribute)) return known[attribute.join('.')] ?? attribute.join('.');
  const join = tree['Fn::Join'];
  if (Array.isArray(join)) return (resolved(join[1] ?? [], known) as string[]).join(String(join[0]));
  return Object.fromEntries(Object.entries(tree).map(([key, each]) => [key, resolved(each, known)]));
}

export const ofType = (template: Template, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** The only resource of this type whose path in the stack has this part. */
export function theOne(template: Template, type: string, part = ''): { id: string; properties: Record<string, Json> } {
  const found = ofType(template, type).filter(([, { Metadata }]) => Metadata?.['aws:cdk:path']?.includes(part) ?? part === '');
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} resources are ${type} with ${part} in their path`);
  return { id: first[0], properties: first[1].Properties ?? {} };
}

/** The policies of the role with this part in its path. */
export function policiesOf(template: Template, part: string, known: Readonly<Record<string, string>> = {}): PolicyDocument[] {
  const role = theOne(template, 'AWS::IAM::Role', part);
  const attached = ofType(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
    JSON.stringify(Properties?.['Roles']).includes(`"${role.id}"`),
  );
  return attached.map(([, { Properties }]) => resolved(Properties?.['PolicyDocument'] ?? null, known) as PolicyDocument);
}
