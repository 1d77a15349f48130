/**
 * Secrets with their versions and staging labels. A label is on one version at a time: AWSCURRENT is what is read, AWSPREVIOUS what was current
 * before. A secret that is marked for deletion can be rescued until its recovery window is over, in domain time.
 */
import { z } from 'zod';
import { accountId, region } from '../../world/awsAccount.ts';
import type { Instant, WorldClock } from '../../world/world.ts';

const version = z.object({
  id: z.string(),
  createdAt: z.number(),
  stages: z.array(z.string()),
  text: z.string().nullable(),
  /** Base64. */
  binary: z.string().nullable(),
});

const secret = z.object({
  arn: z.string(),
  name: z.string(),
  description: z.string(),
  kmsKeyId: z.string().nullable(),
  createdAt: z.number(),
  changedAt: z.number(),
  accessedAt: z.number().nullable(),
  deletedAt: z.number().nullable(),
  goneAt: z.number().nullable(),
  tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  versions: z.array(version),
});

export type SecretVersion = z.infer<typeof version>;
export type Secret = z.infer<typeof secret>;

export const savedSecretsSchema = z.array(secret);

export const arnOfSecret = (name: string, suffix: string): string =>
  `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix}`;

export class SecretStore {
  readonly #secrets = new Map<string, Secret>();
  readonly #clock: WorldClock;

  constructor(clock: WorldClock) {
    this.#clock = clock;
  }

  add(added: Secret): void {
    this.#secrets.set(added.name, added);
  }

  /** By name, by ARN, or by ARN without its random ending. */
  find(reference: string): Secret | undefined {
    const all = this.all();
    return all.find((each) => each.name === reference || each.arn === reference || each.arn.slice(0, -7) === reference);
  }

  remove(name: string): void {
    this.#secrets.delete(name);
  }

  /** In order of name; those whose recovery window is over are gone. */
  all(): Secret[] {
    const now: Instant = this.#clock.now();
    for (const each of this.#secrets.values()) if (each.goneAt !== null && each.goneAt <= now) this.#secrets.delete(each.name);
    return [...this.#secrets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  replace(secrets: readonly Secret[]): void {
    this.#secrets.clear();
    for (const each of secrets) this.add(each);
  }
}
