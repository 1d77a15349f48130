/** The keys of the account: who they are and what state they are in. Material is never held: it follows from seed, id and rotation. */
import { z } from 'zod';
import { accountId, region } from '../world/awsAccount.ts';
import type { Instant, WorldClock } from '../world/world.ts';
import { catchUp, type Rotation, type RotationPlan } from './keyRotation.ts';
import { KmsError } from './kmsError.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** `name` begins with `alias/`. */
export type KeyAlias = { name: string; createdAt: Instant; updatedAt: Instant };

export type KeyUse = { operation: string; at: Instant; requestId: string; eventId: string };

export type KmsKey = {
  id: string;
  description: string;
  state: KeyState;
  createdAt: Instant;
  deletionAt: Instant | null;
  aliases: KeyAlias[];
  plan: RotationPlan | null;
  rotations: Rotation[];
  /** The last successful use in cryptography. */
  lastUse: KeyUse | null;
};

const savedAlias = z.object({ name: z.string(), createdAt: z.number(), updatedAt: z.number() });

const savedKey = z
  .object({
    id: z.string(),
    description: z.string(),
    state: z.enum(['Enabled', 'Disabled', 'PendingDeletion']),
    createdAt: z.number(),
    deletionAt: z.number().nullable(),
    // Snapshots of before have names alone, and none of what follows.
    aliases: z.array(z.union([savedAlias, z.string()])),
    plan: z.object({ periodDays: z.number(), nextAt: z.number() }).nullable().default(null),
    rotations: z.array(z.object({ at: z.number(), type: z.enum(['AUTOMATIC', 'ON_DEMAND']) })).default([]),
    lastUse: z.object({ operation: z.string(), at: z.number(), requestId: z.string(), eventId: z.string() }).nullable().default(null),
  })
  .transform(
    (key): KmsKey => ({
      ...key,
      aliases: key.aliases.map((alias) =>
        typeof alias === 'string' ? { name: alias, createdAt: key.createdAt, updatedAt: key.createdAt } : alias,
      ),
    }),
  );

export const savedKeysSchema = z.object({ keys: z.array(savedKey) });

export const arnOf = (keyId: string): string => `arn:aws:kms:${region}:${accountId}:key/${keyId}`;
export const aliasArnOf = (name: string): string => `arn:aws:kms:${region}:${accountId}:${name}`;

const arnPattern = /^arn:aws:kms:[a-z0-9-]+:\d{12}:(key\/|alias\/)(.+)$/;

/** A key id, or a name that begins with `alias/`. */
function wantedBy(reference: string): string {
  const [, kind, rest = ''] = arnPattern.exec(reference) ?? [];
  if (reference.startsWith('arn:') && kind === undefined) throw new KmsError('InvalidArnException', `Invalid arn ${reference}`);
  if (kind === undefined) return reference;
  return kind === 'key/' ? rest : `alias/${rest}`;
}

export class KmsKeys {
  readonly #keys = new Map<string, KmsKey>();
  readonly #clock: WorldClock;

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  add(id: string, description: string, aliasNames: readonly string[]): KmsKey {
    const now = this.#clock.now();
    const aliases = aliasNames.map((name) => ({ name, createdAt: now, updatedAt: now }));
    const key: KmsKey = {
      ...{ id, description, state: 'Enabled', createdAt: now, deletionAt: null, aliases },
      ...{ plan: null, rotations: [], lastUse: null },
    };
    this.#keys.set(id, key);
    return key;
  }

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** By key id, key ARN, `alias/…` or alias ARN. A key whose waiting period is over is not found any more. */
  find(reference: string): KmsKey {
    const wanted = wantedBy(reference);
    const key = this.all().find(({ id, aliases }) => id === wanted || aliases.some(({ name }) => name === wanted));
    if (key !== undefined) return key;
    const shown = wanted.startsWith('alias/') ? `Alias ${aliasArnOf(wanted)} is not found.` : `Key '${arnOf(wanted)}' does not exist`;
    throw new KmsError('NotFoundException', shown);
  }

  /** By key id or key ARN: what manages a key takes no alias, since an alias may come to mean another key. */
  findById(reference: string): KmsKey {
    if (wantedBy(reference).startsWith('alias/')) {
      if (reference.startsWith('arn:')) throw new KmsError('InvalidArnException', `${reference} is not a key ARN`);
      throw new KmsError('NotFoundException', `Invalid keyId '${reference}'`);
    }
    return this.find(reference);
  }

  /** The key that an alias names, or undefined. */
  aliased(aliasName: string): KmsKey | undefined {
    return this.all().find(({ aliases }) => aliases.some(({ name }) => name === aliasName));
  }

  all(): KmsKey[] {
    const now = this.#clock.now();
    for (const key of this.#keys.values()) {
      if (key.deletionAt !== null && key.deletionAt <= now) this.#keys.delete(key.id);
      else if (key.state === 'Enabled') catchUp(key, now);
    }
    return [...this.#keys.values()];
  }

  replace(keys: readonly KmsKey[]): void {
    this.#keys.clear();
    for (const key of keys) this.#keys.set(key.id, { ...key, aliases: [...key.aliases], rotations: [...key.rotations] });
  }
}

const pendingDeletion = (key: KmsKey) => new KmsError('KMSInvalidStateException', `${arnOf(key.id)} is pending deletion.`);

/** Refuses a key that must not be used for cryptography now. */
export function usable(key: KmsKey): KmsKey {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${arnOf(key.id)} is disabled.`);
  return changeable(key);
}

/** A key that waits for its deletion can be looked at and rescued, nothing else. */
export function changeable(key: KmsKey): KmsKey {
  if (key.state === 'PendingDeletion') throw pendingDeletion(key);
  return key;
}
