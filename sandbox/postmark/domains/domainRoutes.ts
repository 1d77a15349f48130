import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { account, bodyObject, type Call, numberAt, type Route } from '../rim/call.ts';
import { errorTexts } from '../rim/errorTexts.ts';
import type { JsonObject } from '../rim/jsonBody.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import { changeReturnPath, checkOwner, checkReturnPath, createDomain, rotateDkim } from './createDomain.ts';
import { type Domain, type DomainView, dkimFields, listedDomain, shownDomain, spfFields } from './domain.ts';
import { editedReturnPathIn, newDomainIn } from './domainInput.ts';
import { verifyDkim, verifyReturnPath } from './verifyDomain.ts';

export const domainView = (postmark: Postmark): DomainView => ({
  now: postmark.world.clock.now(),
  revokedKeySafeMs: postmark.settings.revokedKeySafeMs.value,
  dkimFlagLags: postmark.settings.dkimFlagLags.value,
});

function found(call: Call): Domain {
  const domain = call.postmark.domains.byId(numberAt(call));
  if (domain === undefined) {
    const [status, code] = call.postmark.settings.domainNotFound.value.split('/').map(Number);
    throw new Refusal(code ?? 510, errorTexts[510]?.text, status === undefined ? {} : { status });
  }
  return domain;
}

const shown = (call: Call, domain: Domain): Json => shownDomain(domain, domainView(call.postmark));

function list(call: Call): Json {
  const page = pageOf(call.query, 500);
  const all = call.postmark.domains.all();
  const view = domainView(call.postmark);
  return { TotalCount: all.length, Domains: slicePage(all, page).map((domain) => listedDomain(domain, view)) };
}

async function create(call: Call, body: JsonObject): Promise<Json> {
  const { postmark } = call;
  const { name, returnPathDomain } = newDomainIn(body);
  checkOwner(postmark, name, 513);
  await checkReturnPath(postmark, returnPathDomain);
  if (postmark.domains.byName(name) !== undefined) throw new Refusal(512);
  return shown(call, createDomain(postmark, name, returnPathDomain));
}

async function edit(call: Call): Promise<Json> {
  const domain = found(call);
  const returnPathDomain = editedReturnPathIn(bodyObject(call, 502), domain.name);
  await checkReturnPath(call.postmark, returnPathDomain);
  changeReturnPath(call.postmark, domain, returnPathDomain);
  return shown(call, domain);
}

/** Its sender signatures go with it. */
function remove(call: Call): Json {
  const domain = found(call);
  call.postmark.domains.remove(domain);
  call.postmark.senders.removeDomain(domain.id);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Domain ${domain.name} removed.` };
}

function rotate(call: Call): Json {
  const domain = found(call);
  rotateDkim(call.postmark, domain);
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
