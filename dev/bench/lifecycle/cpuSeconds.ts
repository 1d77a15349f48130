/** What a process has worked so far, user and kernel together, as Linux keeps it in hundredths of a second. */
import { readFileSync } from 'node:fs';

export function cpuSecondsOf(pid: number): number {
  // The second field is the program's name in parentheses and may hold anything, so count from its end.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
