/** What a process has worked so far. Where a machine is busy with other things, waiting is theirs and work is ours. */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own ticks are. */
const tickMs = 10;

/** CPU time of user and kernel together; null where there is no /proc. */
export function cpuTimeMs(pid: number): number | null {
  try {
    // The second field is the program's name in parentheses and may hold anything, so count from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return null;
  }
}
