/**
 * Process entry. Prints one JSON line on standard output once it listens; everything else goes to standard error. SIGTERM, SIGINT, or the end of the
 * parent that holds an IPC channel to it, stop it in order within `shutdown.timeoutSeconds`.
 */
import { loadSettings } from '../config/load.ts';
import { SettingsError } from '../config/settingsError.ts';
import type { Closer } from './wiring/closing.ts';
import { open } from './wiring/process.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** In reverse order of opening; one that fails is said and does not keep the others from closing. */
const closeAll = async (closers: readonly Closer[]): Promise<void> => {
  for (const { what, close } of closers.toReversed()) {
    try {
      await close();
    } catch (error) {
      say(`postroute: closing ${what} failed: ${messageOf(error)}`);
    }
  }
};

/** Of the time for a stop, what is kept for giving up: one statement, if the database answers. */
const abandonMs = (limitMs: number): number => Math.min(1_000, limitMs / 4);

const run = async (): Promise<void> => {
  const { settings } = await loadSettings({ env: process.env });
  const closers: Closer[] = [];
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) return;
    stopping = true;
    const limitMs = settings.shutdown.timeoutSeconds * 1000;
    const limit = setTimeout(() => {
      say(`postroute: not stopped within shutdown.timeoutSeconds (${settings.shutdown.timeoutSeconds}); what is left goes to the others`);
      setTimeout(() => process.exit(1), abandonMs(limitMs));
      void Promise.allSettled(closers.map(({ abandon }) => abandon?.())).then(() => process.exit(1));
    }, limitMs - abandonMs(limitMs));
    limit.unref();
    say(`postroute: stopping (${why})`);
    void closeAll(closers).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));
  process.on('disconnect', () => stop('the parent is gone'));

  try {
    const { url, metricsUrl, unhandled } = await open(settings, closers);
    // A fault nobody caught is a bug, not a reason to drop every other request; what it belonged to is found again by its lease.
    process.on('unhandledRejection', (error) => unhandled(error));
    process.stdout.write(`${JSON.stringify({ ready: true, url, metrics: metricsUrl })}\n`);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
};

// Imported, it only loads the code: that is how a start warms Node's compile cache.
if (import.meta.main) {
  run().catch((error: unknown) => {
    say(error instanceof SettingsError ? error.message : `postroute: cannot start: ${messageOf(error)}`);
    process.exit(1);
  });
}
