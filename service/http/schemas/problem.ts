/** The shape of every problem (RFC 9457), and the replies that a route lists. */
import { z } from 'zod';
import { type ProblemCode, problems } from '../../core/errors.ts';

export const problemCodes = Object.keys(problems).filter((code): code is ProblemCode => code in problems);

export const problemMediaType = 'application/problem+json';

export const problem = z
  .strictObject({
    type: z.string().describe('/problems/{code}: a page that explains it'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(problemCodes),
    requestId: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
    waitingOn: z.unknown().optional(),
    allowedSignals: z.array(z.string()).optional(),
    retryAfterSeconds: z.number().int().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; one closed list of codes' });
export type ProblemBody = z.infer<typeof problem>;

/** What can go wrong on any call: what is not HTTP/1.1 never reaches a route (plugins/clientError.ts), and a fault of ours. */
const always = ['invalid_request', 'internal'] as const satisfies ProblemCode[];
const authenticated = ['unauthenticated', 'forbidden', 'not_found', 'rate_limited', 'unavailable'] as const satisfies ProblemCode[];
const withBody = ['missing_author', 'message_too_large', 'unsupported_media_type'] as const satisfies ProblemCode[];

export const readProblems = authenticated;
export const writeProblems = [...authenticated, ...withBody] as const;

/**
 * The replies of a route: its own, and one entry per status for the problems it lists and those of any call. Typed as its own alone, because a handler throws a problem and
 * never sends one.
 */
export const replies = <T extends Record<number, unknown>>(own: T, codes: readonly ProblemCode[] = []): T => {
  const byStatus = Map.groupBy(new Set<ProblemCode>([...always, ...codes]), (code) => problems[code].status);
  const listed = [...byStatus].map(([status, group]) => [
    status,
    { description: group.map((code) => `\`${code}\``).join(', '), content: { [problemMediaType]: { schema: problem } } },
  ]);
  return { ...Object.fromEntries(listed), ...own };
};

export const noContent = z.undefined().meta({ description: 'done; there is nothing to say' });
