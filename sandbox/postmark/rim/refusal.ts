/**
 * How Postmark says no: one ErrorCode, the HTTP status that code travels on, one sentence. Thrown anywhere in this room and written once,
 * by the front door; a batch turns it into that item's result instead.
 */
import type { Json } from '../../world/world.ts';
import { errorTexts } from './errorTexts.ts';

export class Refusal extends Error {
  readonly code: number;
  readonly status: number;
  /** Fields beside ErrorCode and Message, which a few refusals have. */
  readonly extra: { [field: string]: Json };

  constructor(code: number, message?: string, options: { status?: number; extra?: { [field: string]: Json } } = {}) {
    super(message ?? errorTexts[code]?.text ?? 'The request was refused.');
    this.name = 'Refusal';
    this.code = code;
    this.status = options.status ?? errorTexts[code]?.status ?? 422;
    this.extra = options.extra ?? {};
  }
}

export const unknownFields = (names: readonly string[]): Refusal =>
  new Refusal(403, `Invalid request field(s): ${names.map((name) => `'${name}'`).join(', ')}.`);
