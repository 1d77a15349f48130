import type { Postmark } from '../postmark.ts';
import { type JsonObject, objectOf } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { alterHooks } from '../webhooks/serverHooks.ts';
import { checkInboundHolder } from './inboundDomain.ts';
import { defaultStreams, newServer, type Server, type ServerRecord } from './server.ts';
import { deliveryTypeIn, editableIn, nameIn, serverFields } from './serverInput.ts';

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
  checkInboundHolder(postmark, body, null);
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
  checkInboundHolder(postmark, body, record);
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
