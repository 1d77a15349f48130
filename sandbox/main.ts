/**
 * The sandbox as a process. Standard output carries one line of JSON, once everything answers; everything else goes to standard error.
 * Ends on SIGTERM, on SIGINT, and when the parent that holds its IPC channel is gone.
 *
 * Everything but this file is imported through Node's compile cache: a start that finds it there strips no types, and takes half the time.
 * Where the folder cannot be written, starts are slower and nothing else.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import { logFault, logLine } from './world/log.ts';

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/postroute-sandbox-code/', import.meta.url)));
const { readOptions } = await import('./commandLine.ts');
const { startSandbox } = await import('./start.ts');

const exitUsage = 2;
/** Out of the way of whoever waited for the line. */
const flushAfterMs = 500;

function usageError(message: string): never {
  logLine(message);
  process.exit(exitUsage);
}

const read = readOptions(process.argv.slice(2), process.env);
if (read.kind === 'help') {
  process.stderr.write(read.text);
  process.exit(0);
}
const options = read.kind === 'options' ? read.options : usageError(read.message);

// A fault in one call must not end the world that others are working with.
process.on('uncaughtException', (cause) => logFault('uncaught', cause));
process.on('unhandledRejection', (cause) => logFault('unhandled rejection', cause));
// Whoever read our output may be gone before us.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

try {
  const sandbox = await startSandbox(options);
  let isEnding = false;
  const end = async () => {
    if (isEnding) return;
    isEnding = true;
    await sandbox.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.on(signal, end);
  const { addresses, zoneId, zoneName, kmsKeyArn, accountToken } = sandbox;
  process.stdout.write(`${JSON.stringify({ ready: true, addresses, zoneId, zoneName, kmsKeyArn, accountToken })}\n`);
  // A process that is killed has written nothing otherwise.
  setTimeout(flushCompileCache, flushAfterMs).unref();
} catch (cause) {
  logLine(cause instanceof Error ? cause.message : String(cause));
  process.exit(1);
}
