/** What a process has worked so far, user and kernel together, as Linux keeps it in hundredths of a second. */
import { readdirSync, readFileSync } from 'node:fs';

/** The fields of /proc/{pid}/stat from the third on; null when the process has ended. */
function statOf(pid: number | string): readonly string[] | null {
  try {
    // The second field is the program's name in parentheses and may hold anything, so count from its end.
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}

const sum = (fields: readonly (string | undefined)[]): number => fields.reduce((total, field) => total + Number(field ?? 0), 0) / 100;

export function cpuSecondsOf(pid: number): number {
  return sum(statOf(pid)?.slice(11, 13) ?? []);
}

/** The same with its children, those that have ended included: a Postgres with all its backends. */
export function cpuSecondsOfTree(pid: number): number {
  const own = sum(statOf(pid)?.slice(11, 15) ?? []);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(statOf)
    .filter((fields) => fields?.[1] === String(pid))
    .reduce((total, fields) => total + sum(fields?.slice(11, 15) ?? []), own);
}
