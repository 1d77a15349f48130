/** What a look at one name showed. `unreachable` is not `absent`: unknown is never treated as missing. */
export type DnsObservation =
  | { kind: 'present'; values: readonly string[]; ttl: number | null }
  | { kind: 'absent' }
  | { kind: 'unreachable'; reason: string };
