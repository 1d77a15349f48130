/**
 * How a log line is declared: once, as data, with its name, its level, and what each field means; `TELEMETRY.md` is printed from these. Fields hold
 * ids where a person needs them, never an address of a recipient and never a secret.
 */
import type { Logger } from './logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type FieldValue = string | number | boolean | null | undefined;
export type Values<F extends string> = Readonly<Record<F, FieldValue>>;

export type LogEvent<F extends string> = {
  name: string;
  level: LogLevel;
  what: string;
  /** What each field says. */
  fields: Readonly<Record<F, string>>;
  message: (values: Values<F>) => string;
};

/** `what` says when it is written, and what a reader should make of it. */
export const logEvent = <const F extends Readonly<Record<string, string>>>(
  name: string,
  level: LogLevel,
  what: string,
  fields: F,
  message: (values: Values<Extract<keyof F, string>>) => string,
): LogEvent<Extract<keyof F, string>> => ({ name, level, what, fields, message });

/** Writes one line. `error` is kept as its words, its kind and its stack. */
export const tell = <F extends string>(logger: Logger, event: LogEvent<F>, values: Values<F>, error?: unknown): void => {
  // Nothing is built for a line that is not written: there is one for every request.
  if (!logger.isLevelEnabled(event.level)) return;
  const line: Record<string, unknown> = { event: event.name, ...values, ...(error === undefined ? {} : { err: error }) };
  logger[event.level](line, event.message(values));
};
