/** What a look showed. Unknown is not drift: from `unreachable` nothing is concluded, neither that something is wrong nor that it is right again. */
export type Observed<T> = { kind: 'absent' } | { kind: 'present'; value: T } | { kind: 'unreachable'; reason: string };

export const absent = { kind: 'absent' } as const;
export const present = <T>(value: T): Observed<T> => ({ kind: 'present', value });
