import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { account, bodyObject, type Call, numberAt, type Route } from '../rim/call.ts';
import type { JsonObject } from '../rim/jsonBody.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import { drawDkimPair } from './dkimKey.ts';
import { type Domain, type DomainView, dkimFields, listedDomain, shownDomain, spfFields } from './domain.ts';
import { editedReturnPathIn, newDomainIn } from './domainInput.ts';
import { scheduleRecheck } from './recheck.ts';
import { verifyDkim, verifyReturnPath } from './verifyDomain.ts';

export const domainView = (postmark: Postmark): DomainView => ({
  now: postmark.world.clock.now(),
  revokedKeySafeMs: postmark.settings.revokedKeySafeMs.value,
  dkimFlagLags: postmark.settings.dkimFlagLags.value,
});

function found(call: Call): Domain {
  const domain = call.postmark.domains.byId(numberAt(call));
  if (domain === undefined) throw new Refusal(510);
  return domain;
}

const shown = (call: Call, domain: Domain): Json => shownDomain(domain, domainView(call.postmark));

function list(call: Call): Json {
  const page = pageOf(call.query, 500);
  const all = call.postmark.domains.all();
  const view = domainView(call.postmark);
  return { TotalCount: all.length, Domains: slicePage(all, page).map((domain) => listedDomain(domain, view)) };
}

function newPendingKey(
  { random, settings, world }: Postmark,
  name: string,
  taken: readonly string[],
): Pick<Domain, 'pending' | 'pendingSince'> {
  const now = world.clock.now();
  return { pending: drawDkimPair(random, settings.dkimKeyBits.value, name, now, taken), pendingSince: now };
}

function create(call: Call, body: JsonObject): Json {
  const { postmark } = call;
  const { name, returnPathDomain } = newDomainIn(body);
  if (postmark.domains.byName(name) !== undefined) throw new Refusal(512);
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
  return shown(call, domain);
}

function edit(call: Call): Json {
  const domain = found(call);
  const returnPathDomain = editedReturnPathIn(bodyObject(call, 502), domain.name);
  if (returnPathDomain !== domain.returnPathDomain) domain.returnPathVerified = false;
  domain.returnPathDomain = returnPathDomain;
  call.postmark.world.touched();
  return shown(call, domain);
}

function remove(call: Call): Json {
  const domain = found(call);
  call.postmark.domains.remove(domain);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Domain ${domain.name} removed.` };
}

/** The old key goes on signing until the new one has been seen. One rotation at a time. */
function rotate(call: Call): Json {
  const domain = found(call);
  if (domain.pending !== null) throw new Refusal(505);
  const taken = [domain.current?.host ?? '', domain.revoked?.host ?? ''];
  Object.assign(domain, newPendingKey(call.postmark, domain.name, taken), { updateStatus: 'Pending' });
  call.postmark.world.touched();
  return dkimFields(domain, domainView(call.postmark));
}

async function look(call: Call, at: (postmark: Postmark, domain: Domain) => Promise<void>): Promise<Json> {
  const domain = found(call);
  await at(call.postmark, domain);
  return shown(call, domain);
}

export const domainRoutes: readonly Route[] = [
  account('GET', '/domains', list),
  account('POST', '/domains', (call) => create(call, bodyObject(call, 514))),
  account('GET', '/domains/{id}', (call) => shown(call, found(call))),
  account('PUT', '/domains/{id}', edit),
  account('DELETE', '/domains/{id}', remove),
  account('PUT', '/domains/{id}/verifyDkim', (call) => look(call, verifyDkim)),
  account('PUT', '/domains/{id}/verifyReturnPath', (call) => look(call, verifyReturnPath)),
  account('POST', '/domains/{id}/verifyspf', (call) => spfFields(found(call))),
  account('POST', '/domains/{id}/rotatedkim', rotate),
];
