/** The one account and Region of the sandbox. */
export const accountId = '000000000000';
export const region = 'us-east-1';

/** Signature Version 4 in a header; the signature itself is not checked. Group 1: the access key id. */
const signature = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/.+SignedHeaders=.+Signature=.+/;

/** Who signed, by access key id; null for a request without a signature. */
export const accessKeyOf = (authorization: string | undefined): string | null => signature.exec(authorization ?? '')?.[1] ?? null;
