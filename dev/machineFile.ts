/** `service/machine.svg`: the lifecycle's machine, drawn from the machine itself. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instance } from '@viz-js/viz';
import { machine } from '../service/core/configuration/machine.ts';
import { chartOf } from './diagram/chart.ts';
import { dotOf } from './diagram/dot.ts';
import { styled } from './diagram/style.ts';

const path = fileURLToPath(new URL('../service/machine.svg', import.meta.url));

/** The same machine makes the same bytes: Graphviz is pinned, takes no fonts from this computer, and asks no network. */
async function drawMachine(): Promise<string> {
  const graphviz = await instance();
  return styled(graphviz.renderString(dotOf(chartOf(machine)), { format: 'svg' }));
}

export async function writeMachineFile(): Promise<void> {
  writeFileSync(path, await drawMachine());
}

function readMachineFile(): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** null when the file shows the machine as it is. */
export async function machineFileProblem(): Promise<string | null> {
  return readMachineFile() === (await drawMachine())
    ? null
    : 'service/machine.svg does not show the machine as it is; run: npm run diagram';
}
