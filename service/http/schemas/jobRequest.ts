/** A message as a tenant asks for it: what is refused here would be refused by the provider, or by a mail header, later and worse. */
import { z } from 'zod';
import { metadataKeyMax, metadataKeysMax, metadataValueMax, reservedMetadataKeys, subjectMax, tagMax } from '../../core/job/limits.ts';
import { address } from './address.ts';
import { uuid } from './identifiers.ts';
import { line, prose } from './text.ts';

/** Sizes are judged by core/job/limits.ts, whose answer is 413; this only bounds what is looked at. */
const textMax = 16 * 1024 * 1024;
const attachmentsMax = 100;

const filename = line(1, 255).refine(
  (name) => !/[/\\]/.test(name) && name !== '.' && name !== '..',
  'must be a file name without path separators',
);
const mediaType = line(3, 255).regex(
  /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?: *;.*)?$/,
  'must be a media type such as application/pdf',
);

/** Without nested repetition: a pattern that walks back would not survive ten megabytes. */
const isBase64 = (text: string): boolean => text.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(text.replace(/={1,2}$/, ''));

const attachment = z.strictObject({
  filename,
  contentType: mediaType,
  contentBase64: z.string().min(4).max(textMax).refine(isBase64, 'must be base64 with padding').meta({ contentEncoding: 'base64' }),
});

const metadata = z
  .record(line(1, metadataKeyMax), line(0, metadataValueMax))
  .refine((entries) => Object.keys(entries).length <= metadataKeysMax, `must have at most ${metadataKeysMax} keys`)
  .superRefine((entries, context) => {
    const seen = new Set<string>();
    for (const key of Object.keys(entries)) {
      const folded = key.toLowerCase();
      if (reservedMetadataKeys.has(folded)) context.addIssue({ code: 'custom', path: [key], message: 'is a key of ours' });
      if (seen.has(folded)) context.addIssue({ code: 'custom', path: [key], message: 'is there twice but for its case' });
      seen.add(folded);
    }
  });

const message = {
  configurationEId: uuid,
  recipient: address.describe('one address'),
  replyToEmail: address.optional(),
  subject: line(1, subjectMax),
  htmlBody: prose(textMax).optional(),
  textBody: prose(textMax).optional(),
  tag: line(1, tagMax).optional(),
  metadata: metadata.optional(),
  attachments: z.array(attachment).max(attachmentsMax).optional(),
};

const hasBody = ({ htmlBody = '', textBody = '' }: { htmlBody?: string | undefined; textBody?: string | undefined }): boolean =>
  htmlBody !== '' || textBody !== '';
const bodyMissing = { message: 'send htmlBody, textBody or both', path: ['textBody'] };

export const jobRequest = z.strictObject(message).refine(hasBody, bodyMissing).meta({ id: 'NewJob' });
export type JobRequest = z.infer<typeof jobRequest>;

export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;
export const idempotencyKeyRule = 'must be 1 to 255 visible ASCII characters';

export const batchItem = z
  .strictObject({ idempotencyKey: z.string().regex(idempotencyKeyPattern, idempotencyKeyRule), ...message })
  .refine(hasBody, bodyMissing)
  .meta({ id: 'BatchItem' });

export const batchMax = 500;

/** Items are judged one by one, so that one that is wrong does not cost the others their acceptance; the reference shows what each must be. */
export const batchRequest = z
  .strictObject({
    items: z
      .array(z.unknown().meta({ $ref: '#/components/schemas/BatchItemInput' }))
      .min(1)
      .max(batchMax),
  })
  .meta({ id: 'JobBatch' });
