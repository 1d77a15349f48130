/** Reads a provider callback: what it says and when it happened, or why it cannot be read. */
import { z } from 'zod';
import { canonicalRecipient } from './recipient.ts';

export type ReadCallback =
  | {
      kind: 'event';
      recordType: string;
      jobEId: string | null;
      messageId: string | null;
      recipient: string | null;
      bounceType: string | null;
      occurredAt: Date;
      /** Type, message, recipient and time: tells events apart when the provider sends no trace id. */
      fallbackKey: string;
      payload: string;
    }
  | { kind: 'malformed'; code: 'not_json' | 'not_an_object' | 'unknown_record_type' | 'missing_field' | 'unstorable'; detail: string };

/** Where each kind keeps its recipient and its time (Postmark, "Webhook payloads"). */
const shapes: Readonly<Record<string, { recipient: string; time: string }>> = {
  Delivery: { recipient: 'Recipient', time: 'DeliveredAt' },
  Bounce: { recipient: 'Email', time: 'BouncedAt' },
  SpamComplaint: { recipient: 'Email', time: 'BouncedAt' },
  Open: { recipient: 'Recipient', time: 'ReceivedAt' },
  Click: { recipient: 'Recipient', time: 'ReceivedAt' },
  SubscriptionChange: { recipient: 'Recipient', time: 'ChangedAt' },
};

const uuid = z.uuid();

/** Years of four digits: any other time would be a date that Postgres writes as nothing else does, and nobody could read it back. */
const isStorable = (time: Date): boolean => time.getTime() >= 0 && time.getTime() < Date.UTC(10_000, 0);

const malformed = (code: Extract<ReadCallback, { kind: 'malformed' }>['code'], detail: string): ReadCallback => ({
  kind: 'malformed',
  code,
  detail,
});

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The provider echoes our Metadata; keys come back as they were sent, and are compared without regard to case as Postmark does. */
const jobIdOf = (metadata: unknown): string | null => {
  if (typeof metadata !== 'object' || metadata === null) return null;
  const value = Object.entries(metadata).find(([key]) => key.toLowerCase() === 'jobid')?.[1];
  return uuid.safeParse(value).success ? String(value).toLowerCase() : null;
};

/** Postgres keeps neither NUL nor half a surrogate pair in jsonb; JSON.stringify writes both as escapes, and whole pairs as they are. */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** Levels; a callback has three or four. Postgres gives up a few thousand levels down, and with it every callback that shares the statement. */
const depthMax = 64;

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)));

/** Of a bounce; a number, and whatever else may stand there is none. */
const idOf = (value: unknown): string => (typeof value === 'number' || typeof value === 'string' ? String(value) : '');

/** What nothing could come of: a bounce of no kind, an event of nothing. */
const missingField = (recordType: string, fields: Record<string, unknown>): string | null => {
  if (recordType === 'SubscriptionChange')
    return typeof fields['SuppressSending'] === 'boolean' ? null : 'SuppressSending is neither true nor false';
  if (recordType === 'Bounce' && text(fields['Type']) === null) return 'Type is missing';
  return text(fields['MessageID']) === null && jobIdOf(fields['Metadata']) === null ? 'MessageID is missing' : null;
};

export const readCallback = (body: string): ReadCallback => {
  const value = parse(body);
  if (value === undefined) return malformed('not_json', 'the body is not JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('not_an_object', 'the body is not a JSON object');
  const fields = value as Record<string, unknown>;
  const recordType = text(fields['RecordType']);
  const shape = recordType === null || !Object.hasOwn(shapes, recordType) ? undefined : shapes[recordType];
  if (recordType === null || shape === undefined)
    return malformed('unknown_record_type', `RecordType is ${JSON.stringify(fields['RecordType'])?.slice(0, 100)}`);
  const time = text(fields[shape.time]);
  const occurredAt = new Date(time ?? Number.NaN);
  if (!isStorable(occurredAt)) return malformed('missing_field', `${shape.time} is not a time`);
  const address = text(fields[shape.recipient]);
  if (address === null) return malformed('missing_field', `${shape.recipient} is missing`);
  const missing = missingField(recordType, fields);
  if (missing !== null) return malformed('missing_field', missing);
  if (isDeeper(value, depthMax)) return malformed('unstorable', 'the body is nested too deep');
  const payload = JSON.stringify(value);
  if (unstorable.test(payload)) return malformed('unstorable', 'the body holds characters that cannot be stored');
  const recipient = canonicalRecipient(address);
  const messageId = text(fields['MessageID']);
  return {
    kind: 'event',
    recordType,
    jobEId: jobIdOf(fields['Metadata']),
    messageId,
    recipient,
    bounceType: recordType === 'SubscriptionChange' ? null : text(fields['Type']),
    occurredAt,
    fallbackKey: [recordType, messageId ?? '', idOf(fields['ID']), recipient ?? address, time, text(fields['OriginalLink']) ?? ''].join(
      '\n',
    ),
    payload,
  };
};
