/**
 * The closed list of what can go wrong for a caller. One code, one HTTP status, one sentence of what to do; `http/plugins/problem.ts` is the only
 * place that writes them, and a test compares this list with `GET /problems/{code}` both ways. Codes are never reused.
 */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid', fix: 'Correct each field named in errors[] and send it again.' },
  missing_tenant: { status: 400, title: 'No tenant was named', fix: 'Send X-Tenant-Id with the tenant this call is for.' },
  missing_author: { status: 400, title: 'No author was named', fix: 'Send X-Author with the name of who asks; it is kept in the history.' },
  missing_idempotency_key: {
    status: 400,
    title: 'No idempotency key',
    fix: 'Send Idempotency-Key: 1 to 255 visible ASCII characters, new for each message.',
  },
  unauthenticated: { status: 401, title: 'Not authenticated', fix: 'Send Authorization: Bearer with the operator key or a tenant key.' },
  forbidden: { status: 403, title: 'Not allowed', fix: 'Use a key that may do this: a tenant key acts for its own tenant only.' },
  recipient_suppressed: {
    status: 403,
    title: 'The recipient is suppressed',
    fix: 'Do not mail this address, or release its suppression entry first.',
  },
  not_found: { status: 404, title: 'Not found', fix: 'Check the path and the id; things of another tenant are not found either.' },
  route_disabled: {
    status: 404,
    title: 'This route is switched off',
    fix: 'An operator can switch it on with the setting routes.*.enabled.',
  },
  slug_in_use: {
    status: 409,
    title: 'The slug is in use',
    fix: 'Choose another sendingDomainSlug, or remove the configuration that holds it.',
  },
  signal_not_accepted: {
    status: 409,
    title: 'The signal is not accepted now',
    fix: 'Send one of allowedSignals, or wait for what waitingOn names.',
  },
  not_sendable: {
    status: 409,
    title: 'The configuration cannot send',
    fix: 'See waitingOn, or GET /configuration/{eId}/explain for the one step that mends it.',
  },
  tenant_already_sendable: {
    status: 409,
    title: 'Another configuration of the tenant can send',
    fix: 'Lock that one first: a tenant sends through one configuration at a time.',
  },
  complaint_needs_force: {
    status: 409,
    title: 'A spam complaint is not released lightly',
    fix: 'Send force: true with a reason, when the person asked for mail again.',
  },
  plan_outdated: {
    status: 409,
    title: 'The world has moved since the plan was made',
    fix: 'Run the assertions again, read GET /drift/plan, and apply that one.',
  },
  job_inconsistent: { status: 412, title: 'The job waits for triage', fix: 'An operator settles it with POST /job/{eId}/triage.' },
  message_too_large: {
    status: 413,
    title: 'The message is too large',
    fix: 'At most 5 MB for each body and 10 MB for the whole message after base64.',
  },
  unsupported_media_type: { status: 415, title: 'Not JSON', fix: 'Send Content-Type: application/json.' },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another message',
    fix: 'Use a new key for a new message; a replay must be the same request.',
  },
  attachment_forbidden: { status: 422, title: 'The attachment type is forbidden', fix: 'Send another file type, or an archive of it.' },
  rate_limited: { status: 429, title: 'Too many requests', fix: 'Wait for retryAfterSeconds.' },
  internal: { status: 500, title: 'Something went wrong here', fix: 'Report requestId to the operators.' },
  unavailable: { status: 503, title: 'Not available now', fix: 'Try again after retryAfterSeconds.' },
  retry_later: { status: 503, title: 'Try again later', fix: 'Try again after retryAfterSeconds; nothing was lost.' },
} as const satisfies Record<string, { status: number; title: string; fix: string }>;

export type ProblemCode = keyof typeof problems;

export type ProblemExtra = {
  errors?: { pointer: string; detail: string }[];
  waitingOn?: unknown;
  allowedSignals?: readonly string[];
  retryAfterSeconds?: number;
};

/** Thrown anywhere above the store; carries the code and what the caller may know. The cause is kept and never shown. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;

  constructor(code: ProblemCode, detail: string, extra: ProblemExtra = {}, cause?: unknown) {
    super(detail, { cause });
    this.name = 'Problem';
    this.code = code;
    this.extra = extra;
  }

  get status(): number {
    return problems[this.code].status;
  }
}
