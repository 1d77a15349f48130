#!/usr/bin/env node
/**
 * `npx postroute <command>`: starts on any Node from 18 on, and hands over to the one that this repository pins, as the npm verbs do.
 * Plain JavaScript, no packages, because it runs before there are any.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../dev/bootstrap/install.mjs';
import { pinnedNode } from '../dev/bootstrap/pinnedNode.mjs';
import { runVerb } from '../dev/bootstrap/runVerb.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const commands = {
  sandbox: {
    script: join(root, 'sandbox', 'main.ts'),
    what: 'Postmark, Route 53, DNS, KMS and their neighbours on loopback; --help shows its flags',
  },
};

const exitUsage = 2;
const usage = () =>
  ['postroute <command> [flags]', '', ...Object.entries(commands).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`), ''].join('\n');

async function main([name, ...rest]) {
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(usage());
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`postroute: there is no command '${name}' yet; there is ${Object.keys(commands).join(', ')}\n`);
    process.exitCode = exitUsage;
    return;
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    throw new Error(`this Node is ${process.versions.node}; install Node 18 or later (the right one is fetched from here on)`);
  await ensureInstalled(root);
  await runVerb(pinnedNode(root), command.script, rest);
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`postroute: ${error.message}\n`);
  process.exitCode = 1;
});
