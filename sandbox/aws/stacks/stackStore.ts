/**
 * CloudFormation stacks, put here by hand: what a deployment would have left behind for those who read outputs and exports.
 * An export's name is unique over all stacks of the account and Region.
 */
import { z } from 'zod';
import { accountId, region } from '../../world/awsAccount.ts';
import { InputError } from '../../world/inputError.ts';

const output = z.object({ key: z.string(), value: z.string(), exportName: z.string().nullable(), description: z.string().nullable() });
const pair = z.object({ key: z.string(), value: z.string() });

const stack = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  description: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number().nullable(),
  outputs: z.array(output),
  parameters: z.array(pair),
  tags: z.array(pair),
});

export type Stack = z.infer<typeof stack>;
export type Export = { name: string; value: string; stackId: string };

export const savedStacksSchema = z.array(stack);

export const arnOfStack = (name: string, uuid: string): string => `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${uuid}`;

export class StackStore {
  readonly #stacks = new Map<string, Stack>();

  /** Takes the place of a stack of that name. Throws InputError when another stack exports one of the names. */
  put(added: Stack): void {
    const taken = this.exports().filter(({ stackId }) => stackId !== added.id);
    for (const { exportName } of added.outputs) {
      const other = taken.find(({ name }) => name === exportName);
      if (other !== undefined)
        throw new InputError(`exportName '${other.name}' is exported by stack ${other.stackId} already; choose another name`);
    }
    this.#stacks.set(added.name, added);
  }

  /** By name or id. */
  find(reference: string): Stack | undefined {
    return this.all().find((each) => each.name === reference || each.id === reference);
  }

  remove(name: string): boolean {
    return this.#stacks.delete(name);
  }

  /** In order of name. */
  all(): Stack[] {
    return [...this.#stacks.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** In order of name. */
  exports(): Export[] {
    const exported = this.all().flatMap(({ id, outputs }) =>
      outputs.flatMap(({ exportName, value }) => (exportName === null ? [] : { name: exportName, value, stackId: id })),
    );
    return exported.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  replace(stacks: readonly Stack[]): void {
    this.#stacks.clear();
    for (const each of stacks) this.#stacks.set(each.name, each);
  }
}
