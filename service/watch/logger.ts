/**
 * One JSON line per event, to standard error. Guarantee: no secret at any level (`redaction.ts` says how), and every line of one request carries its
 * `requestId`. Lines are written before the call returns, so that the last words of a crash are there.
 *
 * A request's line names the route's pattern and never its path: the path of a callback ends in the routing token.
 */
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { errorFields, lineMask, redact } from './redaction.ts';

export type { Logger } from 'pino';

export type LogLine = { level: string; message: string; fields: Readonly<Record<string, unknown>> };

export type LoggerOptions = {
  level: string;
  /** Fields of every line. */
  base: Readonly<Record<string, string>>;
  /** Values that this process knows to be secret; asked for each line, since keys are rotated. */
  secrets?: () => readonly string[];
  /** Told of every line that is worth a look from afar: warnings and worse, and the lines of the five families (`event: "email.…"`). */
  forward?: (line: LogLine) => void;
  /** Standard error when absent. */
  stream?: DestinationStream;
};

const handledBySerializer = new Set(['req', 'res', 'err', 'error']);

export function createLogger(options: LoggerOptions): Logger {
  const mask = lineMask(options.secrets ?? (() => []));
  const { forward } = options;
  return pino(
    {
      level: options.level,
      base: options.base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) =>
          Object.fromEntries(
            Object.entries(fields).map(([key, value]) => [key, handledBySerializer.has(key) ? value : redactField(key, value)]),
          ),
      },
      serializers: { err: errorField, error: errorField, req: requestField, res: replyField },
      hooks: {
        streamWrite(line) {
          const masked = mask(line);
          if (forward !== undefined) forwardLine(masked, forward);
          return masked;
        },
      },
    },
    options.stream ?? destination({ dest: 2, sync: true }),
  );
}

const redactField = (key: string, value: unknown): unknown => Object.values(redact({ [key]: value }) ?? {})[0];

const errorField = (value: unknown): unknown => (value instanceof Error ? errorFields(value) : redact(value));

function requestField(request: unknown): unknown {
  const read = (from: unknown, key: string): unknown => (typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined);
  return { method: read(request, 'method'), route: read(read(request, 'routeOptions'), 'url') };
}

const replyField = (reply: unknown): unknown => ({
  status: typeof reply === 'object' && reply !== null ? Reflect.get(reply, 'statusCode') : undefined,
});

const alwaysForwarded = new Set(['warn', 'error', 'fatal']);

function forwardLine(line: string, forward: (line: LogLine) => void): void {
  // A cheap look first: parsing each request's line would cost more than writing it.
  if (!line.includes('"event":"email.') && !/"level":"(warn|error|fatal)"/.test(line)) return;
  const { level, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  const isFamily = typeof fields['event'] === 'string' && fields['event'].startsWith('email.');
  if (typeof level === 'string' && (isFamily || alwaysForwarded.has(level)))
    forward({ level, message: String(msg ?? fields['event'] ?? ''), fields });
}
