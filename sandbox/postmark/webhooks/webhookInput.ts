import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Json } from '../../world/world.ts';
import { flagIn, type JsonObject, listIn, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { checkHookUrl } from '../servers/hookUrl.ts';
import { recordTypes, type Triggers, type Webhook } from './webhook.ts';

const fields = ['ID', 'Url', 'MessageStream', 'HttpAuth', 'HttpHeaders', 'Triggers', 'Status', 'Verify'];

/** Headers that belong to the call itself. */
const reservedHeaders = ['host', 'content-length', 'transfer-encoding', 'connection', 'content-type', 'expect'];

export type WebhookInput = Partial<Pick<Webhook, 'url' | 'auth' | 'headers'>> & {
  stream: string | null;
  triggers: JsonObject;
  verify: boolean | null;
  /** What was said of it, -1 for nonsense: it can be neither chosen nor changed. */
  id: number | null;
};

function authIn(value: Json | undefined): Webhook['auth'] {
  if (value === undefined || value === null) return null;
  const body = objectOf(value, ['Username', 'Password']);
  return { Username: textIn(body, 'Username') ?? '', Password: textIn(body, 'Password') ?? '' };
}

function headersIn(items: readonly Json[]): Webhook['headers'] {
  return items.map((item) => {
    const body = objectOf(item, ['Name', 'Value']);
    const header = { Name: textIn(body, 'Name') ?? '', Value: textIn(body, 'Value') ?? '' };
    try {
      validateHeaderName(header.Name);
      validateHeaderValue(header.Name, header.Value);
    } catch {
      throw new Refusal(1358, `The HTTP header '${header.Name}' is not valid.`);
    }
    if (reservedHeaders.includes(header.Name.toLowerCase())) throw new Refusal(1358, `The HTTP header '${header.Name}' cannot be set.`);
    return header;
  });
}

export function webhookIn(input: JsonObject, loopbackAllowed: boolean): WebhookInput {
  const body = objectOf(input, fields);
  if (body['Status'] !== undefined) throw new Refusal(1363);
  const url = textIn(body, 'Url');
  const headers = listIn(body, 'HttpHeaders');
  return {
    ...(url === null ? {} : { url: checkHookUrl(url, loopbackAllowed, 1354) }),
    ...(body['HttpAuth'] === undefined ? {} : { auth: authIn(body['HttpAuth']) }),
    ...(headers === null ? {} : { headers: headersIn(headers) }),
    stream: textIn(body, 'MessageStream'),
    triggers: objectOf(body['Triggers'] ?? {}, [...recordTypes]),
    verify: flagIn(body, 'Verify'),
    id: body['ID'] === undefined || body['ID'] === null ? null : typeof body['ID'] === 'number' ? body['ID'] : -1,
  };
}

function optionIn(body: JsonObject, option: string): boolean | null {
  const value = body[option] ?? null;
  if (value !== null && typeof value !== 'boolean')
    throw new Refusal(1361, `Invalid value provided for '${option}'. Must be true or false.`);
  return value;
}

/** What is not named stays as it was, trigger by trigger and option by option. */
export function mergedTriggers(current: Triggers, changes: JsonObject): Triggers {
  const merged = structuredClone(current);
  for (const recordType of recordTypes) {
    const change = changes[recordType];
    if (change === undefined || change === null) continue;
    const options: { [option: string]: boolean } = merged[recordType];
    const body = objectOf(change, Object.keys(options));
    for (const option of Object.keys(options)) options[option] = optionIn(body, option) ?? options[option] ?? false;
  }
  return merged;
}
