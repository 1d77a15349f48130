/** Secrets that are rotated: the one in use, and its predecessor for as long as somebody may still present it. */
export type SecretPair = { current: string; previous: string | null };

export const secretsOf = ({ current, previous }: SecretPair): string[] => (previous === null ? [current] : [current, previous]);
