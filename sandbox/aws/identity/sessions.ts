/** Sessions that AssumeRole handed out: who a temporary access key speaks for, and until when, in domain time. */
import { z } from 'zod';
import { accountId } from '../../world/awsAccount.ts';
import type { Instant } from '../../world/world.ts';

const session = z.object({
  accessKeyId: z.string(),
  roleArn: z.string(),
  roleId: z.string(),
  sessionName: z.string(),
  expiresAt: z.number(),
});

export type Session = z.infer<typeof session>;

export const savedSessionsSchema = z.array(session);

/** The oldest are forgotten beyond this. */
const sessionsMax = 1000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();

  add(added: Session): void {
    this.#sessions.set(added.accessKeyId, added);
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size > sessionsMax && oldest.done === false) this.#sessions.delete(oldest.value);
  }

  find(accessKeyId: string | null): Session | undefined {
    return this.#sessions.get(accessKeyId ?? '');
  }

  isExpired(accessKeyId: string | null, now: Instant): boolean {
    return (this.find(accessKeyId)?.expiresAt ?? Number.POSITIVE_INFINITY) <= now;
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }

  replace(sessions: readonly Session[]): void {
    this.#sessions.clear();
    for (const each of sessions) this.add(each);
  }
}

const roleName = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

export const assumedRoleArn = ({ roleArn, sessionName }: Session): string =>
  `arn:aws:sts::${roleArn.split(':')[4] ?? accountId}:assumed-role/${roleName(roleArn)}/${sessionName}`;
