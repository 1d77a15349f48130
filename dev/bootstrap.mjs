/**
 * What every `npm run` verb goes through: `node dev/bootstrap.mjs <verb> [arguments]`.
 *
 * Guarantee: on a machine with any Node from 18 on and npm, the verb runs on the Node that this repository pins, with exactly the packages that
 * package-lock.json names. Plain JavaScript, no packages, because it runs before there are any.
 * Mechanism: installs when the folder does not match the lock file, then hands over to node_modules/.bin/node.
 * A crash in the middle of an install leaves no stamp and no hidden lock file, so the next run installs again.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './bootstrap/install.mjs';
import { pinnedNode } from './bootstrap/pinnedNode.mjs';
import { runVerb } from './bootstrap/runVerb.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [verb, ...rest] = process.argv.slice(2);

async function main() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    throw new Error(`this Node is ${process.versions.node}; install Node 18 or later (any will do: the right one is fetched from here on)`);
  if (verb === undefined)
    throw new Error(
      'say what to run: node dev/bootstrap.mjs start | test | check | migrate | tour | bench | diagram | synth | values | chart',
    );
  const script = join(root, 'dev', `${verb}.ts`);
  if (!/^[a-z]+$/.test(verb) || !existsSync(script)) throw new Error(`there is no verb "${verb}": dev/${verb}.ts does not exist`);
  await ensureInstalled(root);
  return runVerb(pinnedNode(root), script, rest);
}

main().catch((error) => {
  process.stderr.write(`postroute: ${error.message}\n`);
  process.exitCode = 1;
});
