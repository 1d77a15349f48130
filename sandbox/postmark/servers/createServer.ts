import { mxTargets } from '../domains/dnsLookup.ts';
import type { Postmark } from '../postmark.ts';
import { type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { alterHooks } from '../webhooks/serverHooks.ts';
import { defaultStreams, newServer, type Server, type ServerRecord } from './server.ts';
import { deliveryTypeIn, editableIn, nameIn, serverFields } from './serverInput.ts';

const inboundExchange = 'inbound.postmarkapp.com';

/** An inbound domain is one server's alone, and its mail must come to Postmark. */
export async function checkInboundDomain(postmark: Postmark, input: JsonObject, own: ServerRecord | null): Promise<void> {
  const domain = (textIn(input, 'InboundDomain') ?? '').trim().toLowerCase();
  if (domain === '') return;
  const holder = postmark.servers.all().find(({ server }) => server.InboundDomain.toLowerCase() === domain);
  if (holder !== undefined && holder !== own) throw new Refusal(602);
  if (!postmark.settings.inboundDomainNeedsMx.value) return;
  const exchanges = await mxTargets(postmark.dnsServer, domain);
  if (!exchanges.includes(inboundExchange)) throw new Refusal(610, `The MX record of '${domain}' must lead to ${inboundExchange}.`);
}

function checkLimit({ servers, settings }: Postmark): void {
  const most = settings.serversMax.value;
  if (most > 0 && servers.all().length >= most) throw new Refusal(614);
}

export function createServer(postmark: Postmark, input: JsonObject): Server {
  const body = objectOf(input, serverFields);
  const name = nameIn(body);
  if (name === null) throw new Refusal(608);
  const editable = editableIn(body, postmark.settings.loopbackHooks.value);
  const deliveryType = deliveryTypeIn(body);
  if (postmark.servers.byName(name) !== undefined) throw new Refusal(603);
  checkLimit(postmark);
  const id = postmark.servers.takeId();
  const server: Server = { ...newServer(id, name, postmark.random), ...editable, DeliveryType: deliveryType };
  postmark.servers.add({ server, streams: defaultStreams(id, postmark.world.clock.now()) });
  alterHooks(postmark, server, editable);
  postmark.world.touched();
  return server;
}

/** Fields that are not named keep their values. */
export function editServer(postmark: Postmark, record: ServerRecord, input: JsonObject): Server {
  if (input['DeliveryType'] !== undefined) throw new Refusal(615, "'DeliveryType' cannot be changed after the server is created.");
  const body = objectOf(input, serverFields);
  if (Object.keys(body).length === 0) throw new Refusal(609);
  const name = nameIn(body);
  const editable = editableIn(body, postmark.settings.loopbackHooks.value);
  if (name !== null) {
    const holder = postmark.servers.byName(name);
    if (holder !== undefined && holder !== record) throw new Refusal(603);
    postmark.servers.rename(record, name);
  }
  Object.assign(record.server, editable);
  alterHooks(postmark, record.server, editable);
  postmark.world.touched();
  return record.server;
}
