/** The Node that this repository pins, as the `node` package installs it; or a clear word about why it is not there. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const majorWanted = 24;

export function pinnedNode(root) {
  const path = join(root, 'node_modules', '.bin', 'node');
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const version = answer.stdout?.trim() ?? '';
  if (Number(/^v(\d+)\./.exec(version)?.[1]) >= majorWanted) return path;
  const found = answer.error === undefined ? `answers "${version}"` : `cannot be run (${answer.error.code})`;
  throw new Error(
    `node_modules/.bin/node ${found}, and Node ${majorWanted} is needed. The install script of the package "node" did not run: ` +
      'scripts are probably switched off (npm config get ignore-scripts). Run: npm ci --ignore-scripts=false',
  );
}
