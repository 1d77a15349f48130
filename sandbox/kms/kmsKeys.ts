/** The keys of the account: who they are and what state they are in. Material is never held: it follows from seed and id. */
import { z } from 'zod';
import { accountId, region } from '../world/awsAccount.ts';
import type { Instant, WorldClock } from '../world/world.ts';
import { KmsError } from './kmsError.ts';

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export type KmsKey = {
  id: string;
  description: string;
  state: KeyState;
  createdAt: Instant;
  deletionAt: Instant | null;
  aliases: string[];
};

export const savedKeysSchema = z.object({
  keys: z.array(
    z.object({
      id: z.string(),
      description: z.string(),
      state: z.enum(['Enabled', 'Disabled', 'PendingDeletion']),
      createdAt: z.number(),
      deletionAt: z.number().nullable(),
      aliases: z.array(z.string()),
    }),
  ),
});

export const arnOf = (keyId: string): string => `arn:aws:kms:${region}:${accountId}:key/${keyId}`;

const arnPattern = /^arn:aws:kms:[a-z0-9-]+:\d{12}:(key\/|alias\/)(.+)$/;

export class KmsKeys {
  readonly #keys = new Map<string, KmsKey>();
  readonly #clock: WorldClock;

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  add(id: string, description: string, aliases: string[]): KmsKey {
    const key: KmsKey = { id, description, state: 'Enabled', createdAt: this.#clock.now(), deletionAt: null, aliases };
    this.#keys.set(id, key);
    return key;
  }

  has(id: string): boolean {
    return this.#keys.has(id);
  }

  /** By key id, key ARN, `alias/…` or alias ARN. A key whose waiting period is over is not found any more. */
  find(reference: string): KmsKey {
    const [, kind, rest] = arnPattern.exec(reference) ?? [];
    if (reference.startsWith('arn:') && kind === undefined) throw new KmsError('InvalidArnException', `Invalid arn ${reference}`);
    const wanted = kind === 'key/' ? (rest ?? '') : kind === 'alias/' ? `alias/${rest ?? ''}` : reference;
    const key = this.all().find((candidate) => candidate.id === wanted || candidate.aliases.includes(wanted));
    if (key !== undefined) return key;
    const shown = wanted.startsWith('alias/')
      ? `Alias arn:aws:kms:${region}:${accountId}:${wanted} is not found.`
      : `Key '${arnOf(wanted)}' does not exist`;
    throw new KmsError('NotFoundException', shown);
  }

  all(): KmsKey[] {
    const now = this.#clock.now();
    for (const key of this.#keys.values()) {
      if (key.deletionAt !== null && key.deletionAt <= now) this.#keys.delete(key.id);
    }
    return [...this.#keys.values()];
  }

  replace(keys: readonly KmsKey[]): void {
    this.#keys.clear();
    for (const key of keys) this.#keys.set(key.id, { ...key, aliases: [...key.aliases] });
  }
}

/** Refuses a key that must not be used for cryptography now. */
export function usable(key: KmsKey): KmsKey {
  if (key.state === 'Disabled') throw new KmsError('DisabledException', `${arnOf(key.id)} is disabled.`);
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${arnOf(key.id)} is pending deletion.`);
  return key;
}
