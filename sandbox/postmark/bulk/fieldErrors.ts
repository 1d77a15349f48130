/** Looks at every field before it refuses: one field at fault is its own code, several are ErrorCode 11 with each under its name. */
import type { Json } from '../../world/world.ts';
import { Refusal } from '../rim/refusal.ts';

/** A request may have ten thousand messages, each with the same mistake. */
const fieldsMax = 100;

export class FieldErrors {
  readonly #byField = new Map<string, Refusal>();

  /** What `read` answers, or `fallback` when it refuses. */
  read<T>(field: string, fallback: T, read: () => T): T {
    try {
      return read();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (this.#byField.size < fieldsMax) this.#byField.set(field, refusal);
      return fallback;
    }
  }

  throwAny(): void {
    const [first, ...others] = this.#byField.values();
    if (first === undefined) return;
    if (others.length === 0) throw first;
    const Errors: { [field: string]: Json } = Object.fromEntries(
      [...this.#byField].map(([field, { code, message }]) => [field, [{ ErrorCode: code, Message: message }]]),
    );
    throw new Refusal(11, undefined, { extra: { Errors } });
  }
}
