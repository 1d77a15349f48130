import { planDomains } from '../accountSettings.ts';
import type { Postmark } from '../postmark.ts';
import { Refusal } from '../rim/refusal.ts';
import { drawDkimPair } from './dkimKey.ts';
import { cnameTargets } from './dnsLookup.ts';
import { type Domain, returnPathTarget } from './domain.ts';
import { scheduleRecheck } from './recheck.ts';

function newPendingKey(
  { random, settings, world }: Postmark,
  name: string,
  taken: readonly string[],
): Pick<Domain, 'pending' | 'pendingSince'> {
  const now = world.clock.now();
  return { pending: drawDkimPair(random, settings.dkimKeyBits.value, name, now, taken), pendingSince: now };
}

/** 513 for a domain's own call, 507 for a sender signature's. */
export function checkOwner({ settings }: Postmark, name: string, code: 507 | 513): void {
  const foreign = settings.foreignDomains.value.some(
    (domain) => name === domain.toLowerCase() || name.endsWith(`.${domain.toLowerCase()}`),
  );
  if (foreign) throw new Refusal(code);
}

/** With the switch on, a Return-Path must be in DNS before Postmark hears of it. */
export async function checkReturnPath(postmark: Postmark, returnPathDomain: string): Promise<void> {
  if (returnPathDomain === '' || !postmark.settings.returnPathMustResolve.value) return;
  const targets = await cnameTargets(postmark.dnsServer, returnPathDomain);
  if (!targets.includes(returnPathTarget))
    throw new Refusal(523, `The Return-Path '${returnPathDomain}' must be a CNAME to ${returnPathTarget}.`);
}

/** The caller has checked that there is none of this name. */
export function createDomain(postmark: Postmark, name: string, returnPathDomain: string): Domain {
  const most = planDomains[postmark.settings.plan.value];
  if (most > 0 && postmark.domains.all().length >= most) throw new Refusal(614);
  const domain: Domain = {
    id: postmark.domains.takeId(),
    name,
    current: null,
    ...newPendingKey(postmark, name, []),
    revoked: null,
    dkimVerified: false,
    updateStatus: 'Pending',
    returnPathDomain,
    returnPathVerified: false,
  };
  postmark.domains.add(domain);
  scheduleRecheck(postmark, domain, domain.pendingSince);
  postmark.world.touched();
  return domain;
}

export function changeReturnPath(postmark: Postmark, domain: Domain, returnPathDomain: string): void {
  if (returnPathDomain !== domain.returnPathDomain) domain.returnPathVerified = false;
  domain.returnPathDomain = returnPathDomain;
  postmark.world.touched();
}

/** The old key goes on signing until the new one has been seen. One rotation at a time; a key that was given up stays the one to publish. */
export function rotateDkim(postmark: Postmark, domain: Domain): void {
  if (domain.updateStatus === 'Failed') throw new Refusal(508);
  if (domain.pending !== null) throw new Refusal(505);
  const taken = [domain.current?.host ?? '', domain.revoked?.host ?? ''];
  Object.assign(domain, newPendingKey(postmark, domain.name, taken), { updateStatus: 'Pending' });
  postmark.world.touched();
}
