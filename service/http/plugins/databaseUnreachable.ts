/** Tells "Postgres is not there now" from a fault of ours: the first is worth another try and is answered 503. */

/** SQLSTATE classes: 08 connection, 53 out of resources, 57P shutting down or starting up; 25P03 and 57014 are time limits. */
const sqlStates = /^(?:08...|53...|57P..|25P03|57014)$/;
const systemCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const names: ReadonlySet<string> = new Set([
  'BackendTerminatedError',
  'BackendTerminatedUnexpectedlyError',
  'ConnectionError',
  'IdleTransactionTimeoutError',
  'StatementTimeoutError',
]);
/** pg says these without a code. */
const messages =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error)/;
/** Deeper than any chain of causes that the drivers build; keeps a cycle from holding us. */
const depthMax = 8;

export const databaseUnreachable = (error: unknown): boolean => {
  let current = error;
  for (let depth = 0; depth < depthMax && current instanceof Error; depth += 1) {
    const code = 'code' in current && typeof current.code === 'string' ? current.code : '';
    if (sqlStates.test(code) || systemCodes.has(code) || names.has(current.constructor.name) || messages.test(current.message)) return true;
    if (current instanceof AggregateError && current.errors.some(databaseUnreachable)) return true;
    current = current.cause;
  }
  return false;
};
