/** Follows a walk over the fleet to its end; what is done is counted by the service, so that whoever looks later sees the same. */
import type { Call } from './command.ts';
import { deadlineOf, lookAgain } from './followConfiguration.ts';
import { moment } from './present/moment.ts';
import type { Progress } from './wire.ts';

const barWidth = 24;

export function progressText({ done, total, waitingFor }: Progress): string {
  const filled = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  const bar = `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`;
  return `${bar} ${done} of ${total}${waitingFor === null ? '' : `; waits for ${waitingFor}`}`;
}

export function endText({ running, finishedAt }: Progress): string {
  if (running) return ', under way';
  return finishedAt === null ? '' : `, finished ${moment(finishedAt)}`;
}

/** Answers how it is when it has ended, or when the time for it is over; then `running` is still true. */
export async function followProgress<T extends Progress>(call: Call, started: T, look: () => Promise<T>): Promise<T> {
  const deadline = deadlineOf(call);
  let now = started;
  while (now.running && performance.now() < deadline) {
    call.speak.progress(progressText(now));
    now = (await lookAgain(call, look)) ?? now;
  }
  call.speak.progress(null);
  if (now.running) call.speak.aside('the wait is over, and it is still under way: --status shows how far it is');
  return now;
}
