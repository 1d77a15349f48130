/**
 * What must never stand in a log line. Three nets, because each has holes: fields whose name says that they are secret, texts that look like one
 * (a bearer, a password in an address, a routing token in a path), and, over the finished line, the very values that this process knows to be secret.
 */
export const redacted = '[redacted]';

const secretNames = new Set([
  'authorization',
  'cookie',
  'setcookie',
  'password',
  'secret',
  'token',
  'tokens',
  'apitokens',
  'servertoken',
  'accounttoken',
  'routingtoken',
  'xpostmarkservertoken',
  'xpostmarkaccounttoken',
  'xpostroutesignature',
  'signature',
  'apikey',
  'signingkey',
  'webhooksigningkey',
  'databaseurl',
  'connectionstring',
  'dsn',
  'plaintext',
  'wrappedkey',
  'httpauth',
  'httpheaders',
]);

const isSecretName = (name: string): boolean => secretNames.has(name.replaceAll(/[-_.]/g, '').toLowerCase());

/** They run over finished lines of JSON, so that none of them may take in a quote or a backslash. */
const patterns: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[^\s"',;\\]+/gi, `$1 ${redacted}`],
  // The route's own pattern (`:routingToken`) may stand.
  [/(\/postmark-events\/)(?!:)[^\s"'/?#\\]+/g, `$1${redacted}`],
  // A user and password inside an address.
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi, `$1${redacted}@`],
];

export function redactText(text: string): string {
  return patterns.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}

/** Deep enough for what we log; a deeper tree is a mistake, and a cycle ends here too. */
const depthMax = 6;

export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorFields(value);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (depth >= depthMax) return '[deeper]';
  if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, isSecretName(key) ? redacted : redact(each, depth + 1)]));
}

/**
 * An error's own words. Its cause is a vendor's object and may hold a whole request, so that only the kind of it is told. A `detail` that is text is not ours
 * but Postgres's, which repeats the refused row there, body and recipient included: the name of the constraint says as much to whoever mends it.
 */
export function errorFields(error: Error): Record<string, unknown> {
  const own: unknown = 'detail' in error ? error.detail : undefined;
  const detail = typeof own === 'object' && own !== null ? { detail: redact(own, depthMax - 2) } : {};
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {};
  const constraint = 'constraint' in error && typeof error.constraint === 'string' ? { constraint: error.constraint } : {};
  const cause = error.cause instanceof Error ? { causedBy: error.cause.name } : {};
  return { type: error.name, message: error.message, ...code, ...constraint, ...detail, ...cause, stack: error.stack ?? '' };
}

/** The two nets over a finished line. Known secrets are sought as JSON writes them; short ones are left, they would blank out half of any text. */
export function lineMask(secrets: () => readonly string[]): (line: string) => string {
  const secretLengthMin = 8;
  return (line) => {
    let masked = redactText(line);
    for (const secret of secrets()) {
      if (secret.length < secretLengthMin) continue;
      const written = JSON.stringify(secret).slice(1, -1);
      if (masked.includes(written)) masked = masked.replaceAll(written, redacted);
    }
    return masked;
  };
}
