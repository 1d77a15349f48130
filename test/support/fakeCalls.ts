/**
 * The calls that a fake outside has had, and what it was told to do with the next ones. A fake is honest: it does what it is asked, unless told to refuse,
 * to be away, or to lose an answer. Losing comes in both kinds: before anything was done, and after it was.
 */
import { PortFault, type PortFaultClass } from '../../service/core/portFault.ts';

export type Behaviour =
  | { kind: 'refused'; code: string | number }
  | { kind: 'unavailable' }
  | { kind: 'throttled' }
  /** Not done, and nobody can tell. */
  | { kind: 'lostBefore' }
  /** Done, and nobody can tell. */
  | { kind: 'lostAfter' }
  /** A fault of the code that calls, not of the outside. */
  | { kind: 'broken' }
  /** Done, after this: to look at the world while the call is under way. */
  | { kind: 'meanwhile'; run: () => Promise<void> };

export const refused = (code: string | number): Behaviour => ({ kind: 'refused', code });
export const unavailable: Behaviour = { kind: 'unavailable' };
export const throttled: Behaviour = { kind: 'throttled' };
export const lostBefore: Behaviour = { kind: 'lostBefore' };
export const lostAfter: Behaviour = { kind: 'lostAfter' };
export const broken: Behaviour = { kind: 'broken' };
export const meanwhile = (run: () => Promise<void>): Behaviour => ({ kind: 'meanwhile', run });

type Provider = PortFault['detail']['provider'];

const fault = (provider: Provider, operation: string, faultClass: PortFaultClass, code: string | null): PortFault =>
  new PortFault(
    { class: faultClass, provider, operation, httpStatus: null, code },
    `${operation}: ${faultClass} ${code ?? ''}`.trim(),
    null,
  );

export class FakeCalls {
  readonly log: string[] = [];
  readonly #scripts = new Map<string, Behaviour[]>();
  readonly #always = new Map<string, Behaviour>();

  /** What the next calls of an operation meet, in order; later ones are honest again. */
  next(operation: string, ...behaviours: Behaviour[]): void {
    this.#scripts.set(operation, [...(this.#scripts.get(operation) ?? []), ...behaviours]);
  }

  /** What every call of an operation meets until told otherwise. */
  always(operation: string, behaviour: Behaviour | null): void {
    if (behaviour === null) this.#always.delete(operation);
    else this.#always.set(operation, behaviour);
  }

  count(operation: string): number {
    return this.log.filter((each) => each === operation).length;
  }

  async call<T>(provider: Provider, operation: string, honest: () => T | Promise<T>): Promise<T> {
    this.log.push(operation);
    const behaviour = this.#scripts.get(operation)?.shift() ?? this.#always.get(operation);
    switch (behaviour?.kind) {
      case undefined:
        return honest();
      case 'meanwhile':
        await behaviour.run();
        return honest();
      case 'refused':
        throw fault(provider, operation, 'refused', String(behaviour.code));
      case 'unavailable':
      case 'throttled':
        throw fault(provider, operation, behaviour.kind, null);
      case 'broken':
        throw new TypeError('a bug of ours');
      case 'lostAfter':
        await honest();
        throw fault(provider, operation, 'unknown', null);
      case 'lostBefore':
        throw fault(provider, operation, 'unknown', null);
    }
  }

  /** An honest "no". */
  refuse(provider: Provider, operation: string, code: string | number): never {
    throw fault(provider, operation, 'refused', String(code));
  }
}
