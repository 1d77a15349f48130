/**
 * Which of a server's tokens to use. Postmark has no call that makes or withdraws a token: a person makes a second one on its pages, we take it over when it
 * shows in the server's `ApiTokens`, and the person then deletes the first.
 */
export type TokenChoice = { kind: 'keep' } | { kind: 'replace'; token: string; why: 'another' | 'withdrawn' };

/** Postmark compares tokens without regard to case. */
export const sameToken = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * `listed`: the server's tokens as Postmark shows them, in its order. `wasOurs`: tells a token that was replaced before; it stays valid until the person
 * deletes it, and must not be taken back.
 */
export function tokenToUse(ours: string, listed: readonly string[], wasOurs: (token: string) => boolean): TokenChoice {
  const others = listed.filter((token) => !sameToken(token, ours));
  const latest = others.filter((token) => !wasOurs(token)).at(-1);
  const withdrawn = others.length === listed.length;
  if (latest !== undefined) return { kind: 'replace', token: latest, why: withdrawn ? 'withdrawn' : 'another' };
  const last = others.at(-1);
  return withdrawn && last !== undefined ? { kind: 'replace', token: last, why: 'withdrawn' } : { kind: 'keep' };
}
