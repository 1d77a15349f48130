/** Whether this machine has had time to spare: bars in real time are kept to the letter then, and doubled where others were at work, which is most days. */
import { availableParallelism, loadavg } from 'node:os';

export const isIdle = (): boolean => (loadavg()[0] ?? 0) < availableParallelism() / 2;
