/** What the control API accepts. Everything else is refused with a sentence that names the field and says what to do. */
import { z } from 'zod';
import { serviceNames } from '../world/callLog.ts';
import { InputError } from '../world/inputError.ts';
import { nearestName } from '../world/nearestName.ts';
import type { FaultKind, FaultSpec } from '../world/world.ts';

/** Ten years: longer than any retention, short enough that no date overflows. */
const advanceSecondsMax = 315_576_000;
const delayMaxMs = 600_000;
const ttlMax = 2_147_483_647;

const faultServices = ['postmark', 'route53', 'kms', 'dns', 'webhook', 'resolver', 'aws'] as const;
const faultKinds = ['status', 'timeout-before', 'timeout-after', 'cut', 'throttle', 'slow', 'duplicate', 'drop', 'reorder'] as const;
const webhookOnly: readonly FaultKind[] = ['duplicate', 'drop', 'reorder'];

export const advanceInput = z.strictObject({
  seconds: z.number().positive('must be more than 0').max(advanceSecondsMax, `must be at most ${advanceSecondsMax} (10 years)`),
});

const faultFields = z.strictObject({
  service: z.enum(faultServices),
  operation: z.string().min(1, 'must not be empty; leave it out for all operations of the service').optional(),
  kind: z.enum(faultKinds),
  times: z.number().int('must be a whole number').min(1, 'must be at least 1').optional(),
  probability: z.number().gt(0, 'must be more than 0').max(1, 'must be at most 1').optional(),
  // Below 200 an answer is not the last one, and the caller waits on.
  status: z
    .number()
    .int('must be a whole number')
    .min(200, 'must be an HTTP status from 200 to 599')
    .max(599, 'must be an HTTP status from 200 to 599')
    .optional(),
  errorCode: z.union([z.number().int(), z.string().min(1)], 'must be a number (Postmark) or a name (AWS, DNS)').optional(),
  delayMs: z.number().min(0, 'must be at least 0').max(delayMaxMs, `must be at most ${delayMaxMs}`).optional(),
  server: z.number().int('must be a server id').min(1, 'must be a server id').optional(),
});

/** Refinements speak of fields that are well-formed; the fault they answer is for the book as it is. */
export const faultInput = faultFields
  .refine((fault) => fault.times === undefined || fault.probability === undefined, {
    path: ['times'],
    message: "excludes 'probability'; send one of them",
  })
  .refine((fault) => fault.service === 'webhook' || !webhookOnly.includes(fault.kind), {
    path: ['kind'],
    message: `must be one of ${faultKinds.filter((kind) => !webhookOnly.includes(kind)).join(', ')}; ${webhookOnly.join(', ')} are for service 'webhook'`,
  })
  .transform((fault): FaultSpec => withoutUndefined(fault));

/** Flat, whatever is sent: which of these a setting takes is the registry's business. */
const settingValue = z.union(
  [z.number(), z.string(), z.boolean(), z.array(z.string())],
  'must be a number, a text, true or false, or a list of texts',
);

export const settingsInput = z.record(z.string(), settingValue);

export const settledInput = z.strictObject({
  watcher: z.string(),
  seq: z.number().int(),
  exactMs: z.number().nullable(),
  pollMs: z.number().nullable(),
});

export const mailFilterInput = z
  .strictObject({ to: z.string().optional(), jobId: z.string().optional(), messageId: z.string().optional() })
  .transform((filter) => withoutUndefined(filter));

export const serverInput = z.strictObject({ name: z.string().min(1, 'must not be empty') });

export const tokenInput = z
  .strictObject({
    server: z.number().int('must be a server id'),
    action: z.enum(['generate', 'remove']),
    token: z.string().optional(),
  })
  .transform((change) => withoutUndefined(change));

export const senderInput = z.strictObject({ email: z.string().min(3, 'must be an address') });

export const recordInput = z.strictObject({
  action: z.enum(['UPSERT', 'DELETE']),
  name: z.string().min(1, 'must not be empty'),
  type: z.string().min(1, 'must not be empty'),
  ttl: z.number().int('must be a whole number').min(0, 'must be at least 0').max(ttlMax, `must be at most ${ttlMax}`).optional(),
  values: z.array(z.string()).min(1, 'must hold at least one value').optional(),
});

export const stackNameInput = z.strictObject({ name: z.string().min(1, 'must not be empty') });

export const callsInput = z
  .strictObject({
    service: z.enum(serviceNames).optional(),
    limit: z.coerce
      .number('must be a whole number')
      .int('must be a whole number')
      .min(1, 'must be at least 1')
      .max(1000, 'must be at most 1000')
      .default(100),
  })
  .transform((filter) => withoutUndefined(filter));

export const inboxSearchInput = z.strictObject({ search: z.string().max(500, 'must be at most 500 characters').default('') });

export const inboxMessageInput = z.strictObject({ id: z.string().min(1, 'must not be empty') });

export const nothingInput = z.strictObject({});

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same object, where an optional member is absent rather than undefined. */
export function withoutUndefined<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}

const typeNames: Record<string, string> = {
  object: 'a JSON object',
  array: 'an array',
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
};

function sentence(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const field = issue.path.length === 0 ? 'the body' : `field '${issue.path.join('.')}'`;
  if (issue.code === 'unrecognized_keys') {
    const meant = nearestName(issue.keys[0] ?? '', known);
    const hint = meant === null ? '' : `did you mean '${meant}'? `;
    return `unknown field '${issue.keys.join("', '")}'; ${hint}known fields: ${known.length === 0 ? 'none' : known.join(', ')}`;
  }
  if (issue.code === 'invalid_value') return `${field} must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type') {
    const wanted = typeNames[issue.expected] ?? `a ${issue.expected}`;
    return issue.input === undefined && issue.path.length > 0 ? `${field} is missing; it must be ${wanted}` : `${field} must be ${wanted}`;
  }
  return `${field} ${issue.message}`;
}

/** The checked input; throws InputError with every problem in one message. */
export function checked<S extends z.ZodType>(schema: S, input: unknown, knownFields: readonly string[]): z.output<S> {
  const read = schema.safeParse(input, { reportInput: true });
  if (read.success) return read.data;
  throw new InputError(read.error.issues.map((issue) => sentence(issue, knownFields)).join('; '));
}

/** Names of an object schema's fields, also beneath its refinements and transforms. */
export function fieldsOf(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  return schema instanceof z.ZodPipe && schema.in instanceof z.ZodType ? fieldsOf(schema.in) : [];
}
