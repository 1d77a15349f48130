/** Reference pages that are printed from what they describe: the page as it is committed must be the one that would be printed now. */
import { readFile } from 'node:fs/promises';
import { settingsReference } from '../config/reference.ts';
import { telemetryReference } from '../service/watch/reference.ts';

async function problem(path: string, printed: string, command: string): Promise<string | null> {
  const committed = await readFile(new URL(`../${path}`, import.meta.url), 'utf8').catch(() => '');
  return committed === printed ? null : `${path} is not what it would be printed as now; run: ${command} > ${path}`;
}

export const settingsPageProblem = (): Promise<string | null> =>
  problem('config/SETTINGS.md', settingsReference(), 'node config/reference.ts');

export const telemetryPageProblem = async (): Promise<string | null> =>
  problem('service/watch/TELEMETRY.md', await telemetryReference(), 'node service/watch/reference.ts');
