/** An account may have up to three tokens, each good for everything. The others follow from the first, so that a restart has them too. */
import { createHash } from 'node:crypto';
import type { Postmark } from '../postmark.ts';

function derived(token: string, index: number): string {
  const hex = createHash('sha256').update(`${token} ${index}`).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

export const accountTokens = ({ accountToken, settings }: Postmark): string[] =>
  Array.from({ length: settings.accountTokenCount.value }, (_, index) => (index === 0 ? accountToken : derived(accountToken, index)));
