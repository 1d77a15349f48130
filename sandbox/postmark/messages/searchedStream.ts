import type { Call } from '../rim/call.ts';

/** The stream that a search of messages, opens and clicks is about; null: all of them. Without one named it is `outbound`, unless a switch says otherwise. */
export function searchedStream({ query, postmark }: Call): string | null {
  const named = query.text('messagestream')?.toLowerCase();
  if (named !== undefined) return named;
  return postmark.settings.searchStreamAbsent.value === 'outbound' ? 'outbound' : null;
}
