/** What the control API accepts of mail: an event of a message that was sent, and a message that comes in. */
import { z } from 'zod';
import { withoutUndefined } from './input.ts';

/** A whole message in base64 and JSON, as large as Postmark takes one in. */
const rawMax = 50_000_000;

/** Of what is said in part, the rest is empty. */
const word = () => z.string().default('');
const software = z.strictObject({ Name: word(), Company: word(), Family: word() });
const geo = z.strictObject({
  ...{ CountryISOCode: word(), Country: word(), RegionISOCode: word(), Region: word() },
  ...{ City: word(), Zip: word(), Coords: word(), IP: word() },
});

export const mailEventInput = z
  .strictObject({
    messageId: z.string().min(1, 'must not be empty'),
    type: z.enum(['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange']),
    recipient: z.string().optional(),
    bounceType: z.string().optional(),
    at: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-01-02T03:04:05.000Z' }).optional(),
    client: software.optional(),
    os: software.optional(),
    platform: z.enum(['WebMail', 'Desktop', 'Mobile', 'Unknown']).optional(),
    userAgent: z.string().optional(),
    geo: geo.optional(),
    readSeconds: z.number().min(0, 'must be at least 0').optional(),
    link: z.string().optional(),
    clickLocation: z.enum(['HTML', 'Text']).optional(),
    suppressSending: z.boolean().optional(),
  })
  .transform((event) => withoutUndefined(event));

const header = z.strictObject({ Name: z.string().regex(/^[!-9;-~]+$/, 'must be the name of a header'), Value: z.string() });
const attachment = z.strictObject({
  Name: z.string().min(1, 'must not be empty'),
  Content: z.base64('must be base64'),
  ContentType: z.string(),
});

export const inboundInput = z
  .strictObject({
    server: z.number().int('must be a server id').min(1, 'must be a server id').optional(),
    recipient: z.string().optional(),
    raw: z.string().min(1, 'must not be empty').max(rawMax, 'must be at most 50 MB').optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    cc: z.string().optional(),
    bcc: z.string().optional(),
    replyTo: z.string().optional(),
    subject: z.string().optional(),
    textBody: z.string().optional(),
    htmlBody: z.string().optional(),
    headers: z.array(header).optional(),
    attachments: z.array(attachment).optional(),
  })
  .transform((inbound) => withoutUndefined(inbound));
