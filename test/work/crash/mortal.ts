/**
 * A worker that dies, stands still, or meets trouble at a chosen call. Dead means: nothing of it reaches the outside or the database any more, and what it
 * had open there is rolled back. Its code still runs to its end and sees only errors, which changes nothing that anybody can see.
 */
import type { WorkContext } from '../../../service/work/workContext.ts';

class Died extends Error {}

type Arguments = readonly unknown[];
type Method = (...args: never[]) => unknown;

/** What happens in place of one call. `honest` makes it; `die` ends the process. */
export type Happening = (call: { honest: () => unknown; die: () => never; args: Arguments }) => unknown;

export type Mortal = {
  ctx: WorkContext;
  isDead(): boolean;
  /** The next call of this name meets it; `zone.change`, `db.one`, `abortSends`, … */
  meet(name: string, happening: Happening): void;
  /** Whether everything it was to meet was met. */
  hasMetAll(): boolean;
};

export const mortal = (alive: WorkContext): Mortal => {
  const waiting = new Map<string, Happening>();
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Died('this process is dead');
  };
  const check = (): void => {
    if (dead) die();
  };
  const call = (name: string, args: Arguments, honest: () => unknown): unknown => {
    check();
    const happening = waiting.get(name);
    waiting.delete(name);
    return happening === undefined ? honest() : happening({ honest, die, args });
  };
  /** The same part, each of whose methods may meet something. */
  const guarded = <P extends object>(room: string, part: P): P =>
    Object.fromEntries(
      Object.entries(part as Record<string, Method>).map(([verb, method]) => [
        verb,
        (...args: never[]) => call(`${room}.${verb}`, args, () => method.apply(part, args)),
      ]),
    ) as P;

  const transaction = (handler: (db: unknown) => Promise<unknown>, retries?: number): unknown =>
    call('db.transaction', [], () =>
      alive.db.transaction(async (db) => {
        const answer = await handler(db);
        // Before the commit: what is thrown here rolls back.
        await call('commit', [], () => undefined);
        return answer;
      }, retries),
    );
  const db = new Proxy(alive.db, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      if (key === 'transaction') return transaction;
      // A session is held for a lock alone, and must give it back as the end of a session does.
      if (typeof method !== 'function' || key === 'connect') return method;
      return (...args: never[]) => call(`db.${String(key)}`, args, () => (method as Method).apply(target, args));
    },
  });

  const ports = Object.fromEntries(Object.entries(alive.ports).map(([room, port]) => [room, guarded(room, port)]));
  const { hint, abortSends } = guarded('process', { hint: alive.hint, abortSends: alive.abortSends });
  return {
    ctx: { ...alive, db, ports: ports as WorkContext['ports'], hint, abortSends },
    isDead: () => dead,
    meet: (name, happening) => {
      waiting.set(name, happening);
    },
    hasMetAll: () => waiting.size === 0,
  };
};
