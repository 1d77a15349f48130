/** Acceptance in groups (inGroups.ts): single requests share their look and their commit; a batch is a group already. */
import { type AcceptContext, type Asked, accept, acceptTogether } from './accept.ts';
import { type GroupSettings, inGroups } from './inGroups.ts';
import type { AcceptOutcome, AcceptRequest, Caller } from './outcomes.ts';

/** One outcome per request, in order. */
export type Accept = (requests: readonly AcceptRequest[], caller: Caller) => Promise<AcceptOutcome[]>;

const bytesOf = ({ payload }: AcceptRequest): number =>
  (payload.htmlBody?.length ?? 0) +
  (payload.textBody?.length ?? 0) +
  payload.attachments.reduce((sum, { contentBase64 }) => sum + contentBase64.length, 0);

export const acceptGroups = (ctx: AcceptContext, settings: GroupSettings): Accept => {
  const gather = inGroups<Asked, AcceptOutcome>(
    {
      together: (asked) => acceptTogether(ctx, asked),
      tenantOf: ({ request }) => request.tenantId,
      bytesOf: ({ request }) => bytesOf(request),
    },
    settings,
  );
  return async (requests, caller) => {
    const [only, ...others] = requests;
    return only === undefined || others.length > 0 ? accept(ctx, requests, caller) : [await gather({ request: only, caller })];
  };
};
