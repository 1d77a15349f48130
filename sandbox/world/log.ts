/** The sandbox speaks on standard error; standard output carries the one ready line. */
export function logLine(message: string): void {
  process.stderr.write(`sandbox: ${message}\n`);
}

/** Something of ours went wrong and the process goes on. The stack is for whoever mends the sandbox. */
export function logFault(message: string, cause: unknown): void {
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : cause === undefined ? '' : String(cause);
  logLine(detail === '' ? message : `${message}: ${detail}`);
}
