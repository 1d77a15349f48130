/** E-mail addresses: one, and one that the provider would take. */
import { z } from 'zod';
import { canonicalRecipient } from '../../core/job/recipient.ts';

/** 254 is the longest address of RFC 5321; the rest is room for spaces around it and for U-labels that shrink. */
const writtenMax = 512;
const notAnAddress = 'must be one e-mail address such as ada@example.com';

/** As written, without the space around it. */
export const address = z
  .string()
  .max(writtenMax)
  .trim()
  .refine((text) => canonicalRecipient(text) !== null, notAnAddress)
  .meta({ format: 'email' });

/** The form in which recipients are compared. */
export const canonicalAddress = z
  .string()
  .max(writtenMax)
  .transform((text, context) => {
    const canonical = canonicalRecipient(text);
    if (canonical !== null) return canonical;
    context.addIssue({ code: 'custom', message: notAnAddress });
    return z.NEVER;
  })
  .meta({ description: 'one e-mail address; compared in its canonical form' });
