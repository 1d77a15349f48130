/** What to do about a problem, in the words of this command line; where it has none of its own, the service's closed list says it. */
import { type ProblemCode, problems } from '../service/core/errors.ts';
import type { ProblemBody } from './wire.ts';

const inOurWords: Partial<Record<ProblemCode, string>> = {
  missing_tenant: 'Name the tenant with --tenant.',
  missing_author: 'Say who asks with --author.',
  unauthenticated: 'Give the operator key in ARDA_API_KEY, or in a file named by --key-file or ARDA_API_KEY_FILE.',
  forbidden: 'Use the operator key: a tenant key acts for its own tenant only.',
  signal_not_accepted: 'Send one of the signals that are accepted now, or wait for what it waits for.',
  not_sendable: 'postroute explain says which step lets it send.',
  plan_outdated: 'postroute drift run, then postroute drift plan, and apply that one.',
  complaint_needs_force: 'Add --force when the person asked for mail again.',
  rate_limited: 'Wait a moment and ask again.',
  unavailable: 'Try again in a moment.',
  retry_later: 'Try again in a moment; nothing was lost.',
  internal: 'Look for the request id in the service’s log.',
};

const isKnown = (code: string): code is ProblemCode => Object.hasOwn(problems, code);

export const remedyOf = ({ code }: ProblemBody): string | undefined =>
  isKnown(code) ? (inOurWords[code] ?? problems[code].fix) : undefined;
