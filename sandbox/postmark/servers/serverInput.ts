/** What may be said of a server, on create and on edit. One check per field, each with its own ErrorCode. */
import type { Json } from '../../world/world.ts';
import { flagIn, type JsonObject, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { checkHookUrl } from './hookUrl.ts';
import type { Server } from './server.ts';

const colors = ['purple', 'blue', 'turquoise', 'green', 'red', 'yellow', 'grey', 'orange'];
export const trackLinksValues = ['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly'];
const deliveryTypes = ['Live', 'Sandbox'];
const spamThresholdMax = 30;
const spamThresholdStep = 5;

const hookFields = ['InboundHookUrl', 'BounceHookUrl', 'OpenHookUrl', 'DeliveryHookUrl', 'ClickHookUrl'] as const;
const flagFields = [
  'SmtpApiActivated',
  'RawEmailEnabled',
  'PostFirstOpenOnly',
  'TrackOpens',
  'IncludeBounceContentInHook',
  'EnableSmtpApiErrorHooks',
] as const;

export const serverFields = [
  'Name',
  'Color',
  'DeliveryType',
  'InboundDomain',
  'InboundSpamThreshold',
  'TrackLinks',
  ...hookFields,
  ...flagFields,
];

type Editable = Partial<Omit<Server, 'ID' | 'ApiTokens' | 'Name'>>;

const spelled = (value: string, known: readonly string[]): string | undefined =>
  known.find((candidate) => candidate.toLowerCase() === value.toLowerCase());

function color(body: JsonObject): Editable {
  const value = textIn(body, 'Color');
  if (value === null) return {};
  const known = spelled(value, colors);
  if (known === undefined) throw new Refusal(607);
  return { Color: known };
}

function trackLinks(body: JsonObject): Editable {
  const value = textIn(body, 'TrackLinks');
  if (value === null) return {};
  const known = spelled(value, trackLinksValues);
  if (known === undefined) throw new Refusal(612);
  return { TrackLinks: known };
}

function spamThreshold(value: Json | undefined): Editable {
  if (value === undefined || value === null) return {};
  const valid = typeof value === 'number' && value >= 0 && value <= spamThresholdMax && value % spamThresholdStep === 0;
  if (!valid) throw new Refusal(611);
  return { InboundSpamThreshold: value };
}

/** Everything in the body but the name, which needs to look at other servers, and DeliveryType, which only a create takes. */
export function editableIn(body: JsonObject, loopbackAllowed: boolean): Editable {
  const edited: Editable = { ...color(body), ...trackLinks(body), ...spamThreshold(body['InboundSpamThreshold']) };
  for (const field of flagFields) {
    const value = flagIn(body, field);
    if (value !== null) edited[field] = value;
  }
  for (const field of hookFields) {
    const value = textIn(body, field);
    if (value !== null) edited[field] = value === '' ? '' : checkHookUrl(value, loopbackAllowed, 606);
  }
  const inboundDomain = textIn(body, 'InboundDomain');
  if (inboundDomain !== null) edited.InboundDomain = inboundDomain;
  return edited;
}

export function deliveryTypeIn(body: JsonObject): string {
  const value = textIn(body, 'DeliveryType') ?? 'Live';
  const known = spelled(value, deliveryTypes);
  if (known === undefined) throw new Refusal(613);
  return known;
}

/** Null when the body says nothing of a name. The longest allowed name is not documented; 255 is the limit of every other name here. */
export function nameIn(body: JsonObject): string | null {
  const value = body['Name'];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.trim() === '' || value.length > 255) throw new Refusal(608);
  return value.trim();
}
