/**
 * Measures how late the provider's message search shows what was sent: `sending.ambiguityGraceSeconds` must be longer, or a message that was taken may
 * look as if it never was.
 *
 * Mechanism: once in a while one message that was accepted is looked for until it is seen. What is measured is the look that found it, so the true lag
 * lies between that one and the one before. Process time, as for everything that is the provider's own pace. Nothing is kept over a restart.
 */
import { PortFault } from '../core/portFault.ts';
import type { MailTransport } from '../ports/ports.ts';

/** After the send. Twice the usual grace, so that a grace that is too short is seen. */
const looksAfterMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 45_000, 60_000, 90_000];

type Probe = { serverToken: string; jobId: string; sentAtMs: number; look: number };

export type SearchLag = {
  /** The same transport; it notes what was accepted. */
  mail: MailTransport;
  /** Looks if one is due; answers how many looks it made (0 or 1). */
  pass(): Promise<number>;
};

/** `everyMs`: between two probes, and before the first; a probe costs at most ten calls with one server's own token. `observe` takes seconds. */
export const searchLag = (
  mail: MailTransport,
  { everyMs, monotonicMs, observe }: { everyMs: number; monotonicMs: () => number; observe: (seconds: number) => void },
): SearchLag => {
  let probe: Probe | null = null;
  let nextProbeAtMs = monotonicMs() + everyMs;

  const note = (serverToken: string, jobId: string | undefined): void => {
    const sentAtMs = monotonicMs();
    if (jobId === undefined || probe !== null || sentAtMs < nextProbeAtMs) return;
    nextProbeAtMs = sentAtMs + everyMs;
    probe = { serverToken, jobId, sentAtMs, look: 0 };
  };

  return {
    mail: {
      ...mail,
      async send(serverToken, messages, terms) {
        const answers = await mail.send(serverToken, messages, terms);
        const accepted = answers.findIndex((answer) => answer.kind === 'answered' && answer.errorCode === 0);
        note(serverToken, messages[accepted]?.metadata['jobId']);
        return answers;
      },
    },
    async pass() {
      if (probe === null || monotonicMs() - probe.sentAtMs < (looksAfterMs[probe.look] ?? 0)) return 0;
      const looking = probe;
      const seen = await isShown(mail, looking);
      const over = looking.look + 1 >= looksAfterMs.length;
      // Not seen by the last look: it takes longer than that, which is worth knowing. A search that cannot be asked says nothing.
      if (seen === true || (seen === false && over)) observe((monotonicMs() - looking.sentAtMs) / 1000);
      probe = seen === true || over ? null : { ...looking, look: looking.look + 1 };
      return 1;
    },
  };
};

/** Null: could not be asked. */
const isShown = async (mail: MailTransport, { serverToken, jobId }: Probe): Promise<boolean | null> => {
  try {
    return (await mail.findByJobId(serverToken, jobId)) !== null;
  } catch (error) {
    if (error instanceof PortFault) return null;
    throw error;
  }
};
