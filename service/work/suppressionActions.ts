/** Manual suppressions: written here first, then carried to the list of the tenant's server, so that a lost call never leaves a recipient mailable. */
import type { MailTransport } from '../ports/ports.ts';
import { sendableServers } from '../store/configurations.ts';
import { findActiveSuppression, openSuppression, releaseSuppression, type SuppressionOrigin } from '../store/suppressions.ts';
import type { AddSuppressionOutcome, Caller, ReleaseSuppressionOutcome } from './outcomes.ts';
import { openServerToken } from './serverToken.ts';
import type { WorkContext } from './workContext.ts';

export type SuppressionContext = Pick<WorkContext, 'db' | 'now' | 'newId' | 'keyring' | 'observe'> & { mail: MailTransport };

export const addSuppression = async (
  ctx: SuppressionContext,
  request: { tenantId: string; recipient: string; note: string | null; origin: SuppressionOrigin },
  caller: Caller,
): Promise<AddSuppressionOutcome> => {
  const opened = await openSuppression(ctx.db, {
    tenantId: request.tenantId,
    id: ctx.newId(),
    recipient: request.recipient,
    reason: 'ManualSuppression',
    origin: request.origin,
    since: ctx.now(),
    note: request.note,
    sourceJobEId: null,
    sourceEventId: null,
    author: caller.author,
  });
  if (opened.kind === 'releasedSince') throw new Error('what somebody asks for now was opened in the past');
  await carry(ctx, request.tenantId, (token) => ctx.mail.suppress(token, [request.recipient]));
  return { kind: opened.kind === 'suppressed' ? 'added' : 'alreadyActive', entry: opened.entry };
};

export const releaseSuppressedRecipient = async (
  ctx: SuppressionContext,
  request: { tenantId: string; recipient: string; reason: string; force: boolean },
  caller: Caller,
): Promise<ReleaseSuppressionOutcome> => {
  const { tenantId, recipient } = request;
  // Released or refused by one statement: a complaint that arrives meanwhile is not released with what was there before it.
  const asked = { tenantId, recipient, at: ctx.now(), by: caller.author, reason: request.reason, keepComplaint: !request.force };
  const entry = await releaseSuppression(ctx.db, asked);
  if (entry === null) {
    const active = await findActiveSuppression(ctx.db, tenantId, recipient);
    return active?.reason === 'SpamComplaint' ? { kind: 'complaintNeedsForce' } : { kind: 'notFound' };
  }
  await carry(ctx, tenantId, async (token) => {
    for (const refused of await ctx.mail.release(token, [recipient]))
      ctx.observe.trouble('suppression release', new Error(`Postmark keeps it: ${refused.reason}`));
  });
  return { kind: 'released', entry };
};

/** Our own list decides; the provider's is a second fence. A call that fails is told, and does not undo what was written. */
const carry = async (ctx: SuppressionContext, tenantId: string, call: (serverToken: string) => Promise<void>): Promise<void> => {
  for (const server of await sendableServers(ctx.db, tenantId)) {
    const opened = openServerToken(ctx.keyring, server);
    if (opened.kind === 'closed') continue;
    try {
      await call(opened.token);
    } catch (error) {
      ctx.observe.trouble('suppression', error);
    }
  }
};
