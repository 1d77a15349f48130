/**
 * Postmark's own looks at DNS: from time to time, for two days after a domain was made, until both records have been seen.
 * Off unless the setting `domainRecheckMs` says how often, since every waiting domain would be a stop of every advance of the clock.
 */
import type { Instant, Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import type { Domain } from './domain.ts';
import { lookingMs, verifyDkim, verifyReturnPath } from './verifyDomain.ts';

const agendaKind = 'postmark.recheck';

const isSeen = (domain: Domain): boolean => domain.pending === null && (domain.returnPathVerified || domain.returnPathDomain === '');

export function scheduleRecheck({ settings, world }: Postmark, domain: Domain, from: Instant): void {
  const everyMs = settings.domainRecheckMs.value;
  const at = from + everyMs;
  if (everyMs > 0 && at <= domain.pendingSince + lookingMs) world.clock.schedule(at, agendaKind, domain.id);
}

export function registerRechecks(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, async (payload: Json, at) => {
    const domain = postmark.domains.byId(Number(payload));
    if (domain === undefined || isSeen(domain)) return;
    await postmark.world.clock.inTurn(verifyDkim(postmark, domain).then(() => verifyReturnPath(postmark, domain)));
    if (!isSeen(domain)) scheduleRecheck(postmark, domain, at);
  });
}
