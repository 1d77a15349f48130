/**
 * Text that may enter. Postgres stores no NUL and UTF-8 has no lone surrogates, so neither gets past this file; a line has no control characters
 * besides, which keeps CR and LF out of mail headers.
 */
import { z } from 'zod';

/** C0, DEL and C1. */
const control = /\p{Cc}/u;

/** One line: names, subjects, reasons. */
export const line = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((text) => text.isWellFormed(), { message: 'must not hold half of a surrogate pair', abort: true })
    .refine((text) => !control.test(text), 'must not hold control characters such as line breaks');

/** A body: line breaks and tabs are text. */
export const prose = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed(), { message: 'must not hold half of a surrogate pair', abort: true })
    .refine((text) => !text.includes('\0'), 'must not hold the NUL character');
