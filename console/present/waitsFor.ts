/** What a configuration waits for, in a few words. */
import type { Configuration } from '../wire.ts';
import { moment } from './moment.ts';

export function waitsFor(waitingOn: Configuration['waitingOn']): string {
  if (waitingOn === null) return '–';
  const { what, signal, nextLook } = waitingOn;
  if (what === 'operator') return `an operator's ${signal ?? 'signal'}`;
  return nextLook === null ? what : `${what} (next look ${moment(nextLook)})`;
}
