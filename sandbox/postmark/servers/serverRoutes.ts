import type { Json } from '../../world/world.ts';
import { account, bodyObject, type Call, numberAt, type Route, server } from '../rim/call.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import { createServer, editServer } from './createServer.ts';
import { forgetServer } from './forgetServer.ts';
import { checkInboundExchange } from './inboundDomain.ts';
import { asJson, type ServerRecord } from './server.ts';
import { checkStillThere } from './stillThere.ts';

function found(call: Call): ServerRecord {
  const record = call.postmark.servers.byId(numberAt(call));
  if (record === undefined) throw new Refusal(601);
  return record;
}

/** Every element carries its tokens: the account token reveals all of them. */
function list(call: Call): Json {
  const page = pageOf(call.query, 600);
  const part = call.query.text('name')?.toLowerCase() ?? '';
  const matching = call.postmark.servers.all().filter(({ server: { Name } }) => Name.toLowerCase().includes(part));
  return { TotalCount: matching.length, Servers: slicePage(matching, page).map((record) => asJson(record.server)) };
}

async function create(call: Call): Promise<Json> {
  const body = bodyObject(call, 608);
  await checkInboundExchange(call.postmark, body);
  return asJson(createServer(call.postmark, body));
}

/** The wait is for DNS; `recheck` refuses when the server was removed meanwhile. */
async function edit(call: Call, record: ServerRecord, recheck: () => void): Promise<Json> {
  const body = bodyObject(call, 609);
  await checkInboundExchange(call.postmark, body);
  recheck();
  return asJson(editServer(call.postmark, record, body));
}

function remove(call: Call): Json {
  const record = found(call);
  if (!call.postmark.settings.serverDeletion.value) throw new Refusal(604);
  const { ID, Name } = record.server;
  call.postmark.servers.remove(record);
  forgetServer(call.postmark, ID);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Server ${Name} removed.` };
}

export const serverRoutes: readonly Route[] = [
  account('GET', '/servers', list),
  account('POST', '/servers', create),
  account('GET', '/servers/{id}', (call) => asJson(found(call).server)),
  account('PUT', '/servers/{id}', (call) => edit(call, found(call), () => found(call))),
  account('DELETE', '/servers/{id}', remove),
  server('GET', '/server', (_call, record) => asJson(record.server)),
  server('PUT', '/server', (call, record) => edit(call, record, () => checkStillThere(call.postmark, record))),
];
