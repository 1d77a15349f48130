/**
 * Switches of the outside world, declared by the rooms and changed through `POST /settings`.
 * All or nothing: one bad name or value in a request changes nothing.
 */
import { InputError } from './inputError.ts';
import { nearestName } from './nearestName.ts';
import type { Json, Widened, WorldSettings } from './world.ts';

export type SavedSettings = { [name: string]: Json };

export interface SettingsRegistry extends WorldSettings {
  /** Throws InputError that names the setting and says what would be valid. */
  apply(changes: SavedSettings): void;
  values(): SavedSettings;
  /** Of the settings that take a few values only, which. */
  choices(): { [name: string]: Json[] };
  /** Like `apply`, but a name that no room declares any more is passed over: it comes from an older snapshot. */
  restore(saved: SavedSettings): void;
  reset(): void;
}

type Declared = { fallback: Json; allowed: readonly Json[] | undefined; value: Json };

function refusal(name: string, declared: Declared, value: Json): string | null {
  const wanted = typeof declared.fallback;
  if (declared.allowed !== undefined && !declared.allowed.includes(value)) {
    return `setting '${name}' must be one of ${declared.allowed.map((allowed) => JSON.stringify(allowed)).join(', ')}`;
  }
  if (typeof value !== wanted || Array.isArray(value) !== Array.isArray(declared.fallback)) {
    return `setting '${name}' must be a ${wanted}, such as its default ${JSON.stringify(declared.fallback)}`;
  }
  if (typeof value === 'number' && (!Number.isFinite(value) || value < 0)) return `setting '${name}' must be a number of at least 0`;
  return null;
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = nearestName(name, known);
  return `unknown setting '${name}'; ${meant === null ? '' : `did you mean '${meant}'? `}known settings: ${[...known].sort().join(', ')}`;
}

export function createSettingsRegistry(touched: () => void): SettingsRegistry {
  const declarations = new Map<string, Declared>();

  function apply(changes: SavedSettings): void {
    for (const [name, value] of Object.entries(changes)) {
      const declared = declarations.get(name);
      const problem = declared === undefined ? unknownName(name, [...declarations.keys()]) : refusal(name, declared, value);
      if (problem !== null) throw new InputError(problem);
    }
    for (const [name, value] of Object.entries(changes)) {
      const declared = declarations.get(name);
      if (declared !== undefined) declared.value = value;
    }
    touched();
  }

  return {
    declare<T extends Json>(name: string, fallback: T, allowed?: readonly Widened<T>[]) {
      if (declarations.has(name)) throw new Error(`setting '${name}' is declared twice`);
      const declared = { fallback, allowed, value: fallback } as {
        fallback: Json;
        allowed: readonly Json[] | undefined;
        value: Widened<T>;
      };
      declarations.set(name, declared);
      return declared;
    },
    apply,
    values: () => Object.fromEntries([...declarations].map(([name, declared]) => [name, declared.value])),
    choices: () =>
      Object.fromEntries([...declarations].flatMap(([name, { allowed }]) => (allowed === undefined ? [] : [[name, [...allowed]]]))),
    restore: (saved) => apply(Object.fromEntries(Object.entries(saved).filter(([name]) => declarations.has(name)))),
    reset: () => {
      for (const declared of declarations.values()) declared.value = declared.fallback;
    },
  };
}
