/** Operations on aliases: other names of a key, one key each, gone with it. */
import { z } from 'zod';
import type { Json } from '../world/world.ts';
import { type KmsContext, type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { aliasArnOf, changeable, type KeyAlias, type KmsKey } from './kmsKeys.ts';
import { listPage } from './listPage.ts';

/** Quota of KMS. */
const aliasesPerKeyMax = 50;
const nameMax = 256;
const reserved = 'alias/aws/';

const aliasName = z.string().min(1).max(nameMax);
const targeted = z.object({ AliasName: aliasName, TargetKeyId: z.string().min(1).max(2048) });

function refuseBadName(name: string): void {
  if (!name.startsWith('alias/')) throw new KmsError('ValidationException', 'Invalid identifier');
  if (name.startsWith(reserved)) throw new KmsError('NotAuthorizedException', `Names that begin with ${reserved} are reserved`);
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) throw new KmsError('ValidationException', `${name} contains invalid characters for an alias`);
}

function targetOf(context: KmsContext, reference: string): KmsKey {
  if (/^(arn:.*:)?alias\//.test(reference)) throw new KmsError('ValidationException', 'Aliases must refer to keys. Not aliases');
  const key = changeable(context.keys.findById(reference));
  if (key.aliases.length >= aliasesPerKeyMax)
    throw new KmsError('LimitExceededException', `A key has at most ${aliasesPerKeyMax} aliases.`);
  return key;
}

/** Takes the alias from the key that has it. */
function taken(context: KmsContext, name: string): KeyAlias {
  const holder = context.keys.aliased(name);
  const alias = holder?.aliases.find((candidate) => candidate.name === name);
  if (holder === undefined || alias === undefined) throw new KmsError('NotFoundException', `Alias ${aliasArnOf(name)} is not found.`);
  holder.aliases = holder.aliases.filter((candidate) => candidate.name !== name);
  return alias;
}

const createAlias = operation(targeted, (context, input) => {
  refuseBadName(input.AliasName);
  const key = targetOf(context, input.TargetKeyId);
  if (context.keys.aliased(input.AliasName) !== undefined)
    throw new KmsError('AlreadyExistsException', `An alias with the name ${aliasArnOf(input.AliasName)} already exists`);
  const now = context.clock.now();
  key.aliases.push({ name: input.AliasName, createdAt: now, updatedAt: now });
  return null;
});

const updateAlias = operation(targeted, (context, input) => {
  refuseBadName(input.AliasName);
  const current = context.keys.aliased(input.AliasName);
  const key = current?.id === input.TargetKeyId ? changeable(current) : targetOf(context, input.TargetKeyId);
  key.aliases.push({ ...taken(context, input.AliasName), updatedAt: context.clock.now() });
  return null;
});

const deleteAlias = operation(z.object({ AliasName: aliasName }), (context, input) => {
  refuseBadName(input.AliasName);
  taken(context, input.AliasName);
  return null;
});

const listInput = z.object({
  KeyId: z.string().min(1).max(2048).optional(),
  Limit: z.number().int().min(1).max(100).default(50),
  Marker: z.string().min(1).optional(),
});

const shown = ({ key, alias }: { key: KmsKey; alias: KeyAlias }): Json => ({
  AliasName: alias.name,
  AliasArn: aliasArnOf(alias.name),
  TargetKeyId: key.id,
  CreationDate: alias.createdAt / 1000,
  LastUpdatedDate: alias.updatedAt / 1000,
});

const listAliases = operation(listInput, (context, input) => {
  const keys = input.KeyId === undefined ? context.keys.all() : [context.keys.findById(input.KeyId)];
  const held = keys.flatMap((key) => key.aliases.map((alias) => ({ key, alias })));
  const ordered = held.sort((a, b) => (a.alias.name < b.alias.name ? -1 : 1));
  const { page, more } = listPage(ordered, ({ alias }) => alias.name, input);
  return { Aliases: page.map(shown), ...more };
});

export const aliasOperations: Readonly<Record<string, KmsOperation>> = {
  CreateAlias: createAlias,
  UpdateAlias: updateAlias,
  DeleteAlias: deleteAlias,
  ListAliases: listAliases,
};
