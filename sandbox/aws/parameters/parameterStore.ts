/** Parameters with their history. The newest version is what is read without a selector. */
import { z } from 'zod';
import { accountId, region } from '../../world/awsAccount.ts';

export const parameterTypes = ['String', 'StringList', 'SecureString'] as const;
export const tiers = ['Standard', 'Advanced', 'Intelligent-Tiering'] as const;

const version = z.object({
  version: z.number(),
  type: z.enum(parameterTypes),
  tier: z.enum(['Standard', 'Advanced']),
  value: z.string(),
  keyId: z.string().nullable(),
  description: z.string(),
  allowedPattern: z.string(),
  modifiedAt: z.number(),
  modifiedBy: z.string(),
  labels: z.array(z.string()),
});

const parameter = z.object({
  name: z.string(),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  versions: z.array(version).min(1),
});

export type ParameterVersion = z.infer<typeof version>;
export type Parameter = z.infer<typeof parameter>;

export const savedParametersSchema = z.array(parameter);

const arnPrefix = `arn:aws:ssm:${region}:${accountId}:parameter`;

export const arnOfParameter = (name: string): string => `${arnPrefix}${name.startsWith('/') ? '' : '/'}${name}`;

export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>();

  /** By name or ARN. */
  find(reference: string): Parameter | undefined {
    if (!reference.startsWith('arn:')) return this.#parameters.get(reference);
    return this.all().find((each) => arnOfParameter(each.name) === reference);
  }

  add(added: Parameter): void {
    this.#parameters.set(added.name, added);
  }

  remove(name: string): boolean {
    return this.#parameters.delete(name);
  }

  /** In order of name. */
  all(): Parameter[] {
    return [...this.#parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  replace(parameters: readonly Parameter[]): void {
    this.#parameters.clear();
    for (const each of parameters) this.add(each);
  }
}
