import type { WorldRandom } from '../../world/world.ts';

export type PasswordRules = {
  PasswordLength: number;
  ExcludeCharacters: string;
  ExcludeNumbers: boolean;
  ExcludePunctuation: boolean;
  ExcludeUppercase: boolean;
  ExcludeLowercase: boolean;
  IncludeSpace: boolean;
  RequireEachIncludedType: boolean;
};

/** A password from the seed: never to be used for anything real. Null when the rules leave nothing to choose from. */
export function randomPassword(random: WorldRandom, rules: PasswordRules): string | null {
  const types = [
    rules.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    rules.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    rules.ExcludeNumbers ? '' : '0123456789',
    rules.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    rules.IncludeSpace ? ' ' : '',
  ]
    .map((characters) => [...characters].filter((character) => !rules.ExcludeCharacters.includes(character)).join(''))
    .filter((characters) => characters !== '');
  const all = types.join('');
  const required = rules.RequireEachIncludedType ? types : [];
  if (all === '' || required.length > rules.PasswordLength) return null;
  const pick = (from: string): string => from.charAt(random.integer(0, from.length - 1));
  const picked = Array.from({ length: rules.PasswordLength }, (_, index) => pick(required[index] ?? all));
  for (let at = picked.length - 1; at > 0; at -= 1) {
    const other = random.integer(0, at);
    [picked[at], picked[other]] = [picked[other] ?? '', picked[at] ?? ''];
  }
  return picked.join('');
}
