#!/usr/bin/env node
/**
 * `npx postroute <command>`: starts on any Node from 18 on, and hands over to the one that this repository pins, as the npm verbs do.
 * Plain JavaScript, no packages, because it runs before there are any. What the commands are is said by console/commands.ts; only the sandbox is a
 * program of its own.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../dev/bootstrap/install.mjs';
import { pinnedNode } from '../dev/bootstrap/pinnedNode.mjs';
import { runVerb } from '../dev/bootstrap/runVerb.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function main([name, ...rest]) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    throw new Error(`this Node is ${process.versions.node}; install Node 18 or later (the right one is fetched from here on)`);
  await ensureInstalled(root);
  if (name === 'sandbox') return runVerb(pinnedNode(root), join(root, 'sandbox', 'main.ts'), rest);
  return runVerb(pinnedNode(root), join(root, 'console', 'main.ts'), name === undefined ? [] : [name, ...rest]);
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`postroute: ${error.message}\n`);
  process.exitCode = 1;
});
