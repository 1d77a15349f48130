/** What may be said of a message stream, on create and on edit. One check per field, each with its own ErrorCode. */
import { isObject, type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { MessageStream } from '../servers/server.ts';

export const streamTypes = ['Transactional', 'Inbound', 'Broadcasts'] as const;
export const unsubscribeHandlings = ['None', 'Postmark', 'Custom'] as const;

type StreamType = MessageStream['MessageStreamType'];
type Handling = MessageStream['SubscriptionManagementConfiguration']['UnsubscribeHandlingType'];

const nameMax = 100;
const descriptionMax = 1000;

const spelled = <T extends string>(value: string, known: readonly T[]): T | undefined =>
  known.find((candidate) => candidate.toLowerCase() === value.toLowerCase());

function idIn(body: JsonObject): string {
  const id = textIn(body, 'ID') ?? '';
  if (id.trim() === '') throw new Refusal(1222);
  if (!/^[a-z][a-z0-9_-]{0,29}$/.test(id)) throw new Refusal(1227);
  if (id.startsWith('pm-')) throw new Refusal(1233);
  if (id === 'all') throw new Refusal(1237);
  return id;
}

function nameIn(body: JsonObject): string | null {
  const name = textIn(body, 'Name');
  if (name === null) return null;
  if (name.trim() === '') throw new Refusal(1223);
  if (name.length > nameMax) throw new Refusal(1224);
  return name;
}

function descriptionIn(body: JsonObject): string | null {
  const description = textIn(body, 'Description');
  if (description === null) return null;
  if (description.length > descriptionMax) throw new Refusal(1231);
  if (/[<>]/.test(description)) throw new Refusal(1234);
  return description;
}

/** Broadcasts must let people go, the others cannot; letting them go in one's own way is by Postmark's leave. */
function handlingIn(body: JsonObject, type: StreamType, customAllowed: boolean): Handling | null {
  const configuration = body['SubscriptionManagementConfiguration'] ?? null;
  if (configuration === null) return null;
  if (!isObject(configuration)) throw new Refusal(1240);
  const value = textIn(objectOf(configuration, ['UnsubscribeHandlingType']), 'UnsubscribeHandlingType');
  if (value === null) return null;
  const handling = spelled(value, unsubscribeHandlings);
  if (handling === undefined) throw new Refusal(1240);
  if ((type === 'Broadcasts') === (handling === 'None')) throw new Refusal(1239);
  if (handling === 'Custom' && !customAllowed) throw new Refusal(1238);
  return handling;
}

export type StreamEdit = { name: string | null; description: string | null; handling: Handling | null };

export function streamEditIn(input: JsonObject, type: StreamType, customAllowed: boolean): StreamEdit {
  const body = objectOf(input, ['Name', 'Description', 'SubscriptionManagementConfiguration']);
  return { name: nameIn(body), description: descriptionIn(body), handling: handlingIn(body, type, customAllowed) };
}

export type NewStream = { id: string; name: string; type: StreamType; description: string; handling: Handling };

export function newStreamIn(input: JsonObject, customAllowed: boolean): NewStream {
  const body = objectOf(input, ['ID', 'Name', 'MessageStreamType', 'Description', 'SubscriptionManagementConfiguration']);
  const id = idIn(body);
  const name = nameIn(body);
  if (name === null) throw new Refusal(1223);
  const type = spelled(textIn(body, 'MessageStreamType') ?? '', streamTypes);
  if (type === undefined) throw new Refusal(1221);
  const handling = handlingIn(body, type, customAllowed) ?? (type === 'Broadcasts' ? 'Postmark' : 'None');
  return { id, name, type, description: descriptionIn(body) ?? '', handling };
}
