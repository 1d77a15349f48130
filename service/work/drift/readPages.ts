/**
 * Walks a list of the outside page by page; the next page is asked for while the one before it is judged.
 *
 * A page that does not come is asked for again a few times, ever later: one throttled call in a thousand must not void a run of minutes. Then the list is
 * unreachable, and the fault is thrown.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PortFault } from '../../core/portFault.ts';

/** This process is stopping: the run is left as it is, to be done again by another. */
export class RunStopped extends Error {
  constructor() {
    super('the run was left: this process is stopping');
    this.name = 'RunStopped';
  }
}

export type Page<T, Place> = { items: readonly T[]; next: Place | null };

const triesMax = 4;
/** Process time; doubled from try to try. */
const firstWaitMs = 250;

/** `onCall`: told of each call, also of those that fail. */
export async function* readPages<T, Place>(
  read: (place: Place) => Promise<Page<T, Place>>,
  first: Place,
  { onCall, stopping }: { onCall: () => void; stopping: AbortSignal },
): AsyncGenerator<readonly T[]> {
  const ask = async (place: Place): Promise<Page<T, Place>> => {
    for (let tries = 1; ; tries += 1) {
      onCall();
      try {
        return await read(place);
      } catch (error) {
        if (!(error instanceof PortFault) || error.class === 'refused' || tries === triesMax || stopping.aborted) throw error;
        await sleep(firstWaitMs * 2 ** (tries - 1));
      }
    }
  };
  let ahead: Promise<Page<T, Place>> | null = ask(first);
  while (ahead !== null) {
    if (stopping.aborted) throw new RunStopped();
    const { items, next }: Page<T, Place> = await ahead;
    ahead = next === null ? null : ask(next);
    // Whoever stops reading here has no use for its fault.
    ahead?.catch(() => undefined);
    yield items;
  }
}
