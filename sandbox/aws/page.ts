import { AwsError } from './awsError.ts';

/** One page of a list. The token is the place of the next item, in a form that callers do not take apart. */
export function pageOf<T>(
  items: readonly T[],
  asked: { token?: string | undefined; max: number },
  invalid: { code: string },
): { items: T[]; next: string | undefined } {
  const start = asked.token === undefined ? 0 : placeOf(asked.token, invalid.code);
  const end = start + asked.max;
  return { items: items.slice(start, end), next: end < items.length ? tokenOf(end) : undefined };
}

const tokenOf = (place: number): string => Buffer.from(`page ${place}`).toString('base64url');

function placeOf(token: string, code: string): number {
  const digits = /^page (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString('latin1'))?.[1];
  if (digits === undefined) throw new AwsError(code, `The specified nextToken '${token}' is not valid.`);
  return Number(digits);
}
