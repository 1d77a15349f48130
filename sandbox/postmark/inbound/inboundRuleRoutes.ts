/** `/triggers/inboundrules`: whose mail a server does not take. */
import type { Json } from '../../world/world.ts';
import { isAddress } from '../messages/message.ts';
import { bodyObject, type Call, numberAt, type Route, server } from '../rim/call.ts';
import { objectOf, textIn } from '../rim/jsonBody.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import type { InboundRule } from './inboundRuleStore.ts';

const shown = ({ id, rule }: InboundRule): Json => ({ ID: id, Rule: rule });

const isDomain = (text: string): boolean => /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/i.test(text);

function list(call: Call, record: ServerRecord): Json {
  const page = pageOf(call.query, 800);
  const rules = call.postmark.inboundRules.ofServer(record.server.ID);
  return { TotalCount: rules.length, InboundRules: slicePage(rules, page).map(shown) };
}

function create(call: Call, record: ServerRecord): Json {
  const rule = textIn(objectOf(bodyObject(call, 809), ['Rule']), 'Rule')?.trim();
  if (rule === undefined) throw new Refusal(809);
  if (!isDomain(rule) && !isAddress(rule)) throw new Refusal(813);
  const made = call.postmark.inboundRules.add(record.server.ID, rule);
  if (made === null) throw new Refusal(810);
  call.postmark.world.touched();
  return shown(made);
}

function remove(call: Call, record: ServerRecord): Json {
  const id = numberAt(call);
  const rule = call.postmark.inboundRules.ofServer(record.server.ID).find((known) => known.id === id);
  if (rule === undefined) throw new Refusal(812);
  call.postmark.inboundRules.remove(rule);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Rule ${rule.rule} removed.` };
}

export const inboundRuleRoutes: readonly Route[] = [
  server('GET', '/triggers/inboundRules', list),
  server('POST', '/triggers/inboundRules', create),
  server('DELETE', '/triggers/inboundRules/{id}', remove),
];
