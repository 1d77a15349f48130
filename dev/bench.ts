/**
 * `npm run bench -- NAME`: measures one thing and prints its figures, with the floors of the same run. Ends with 1 when a bar is missed, with 2 when the
 * name is not known; without a name it lists what there is.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const benches: Readonly<Record<string, { script: string; what: string }>> = {
  sandbox: { script: '../sandbox/bench.ts', what: 'e-mails a second that the sandbox takes, in batches and one by one' },
  lifecycle: {
    script: './bench/lifecycle.ts',
    what: 'what a fleet costs: provisioned at once, waiting for verification, settled and read',
  },
  send: {
    script: './bench/send.ts',
    what: 'messages accepted and sent a second, with pgbench as the floor, memory over 200,000, and each exactly once under fire',
  },
  webhook: { script: './bench/webhook.ts', what: 'callbacks stored a second, with pgbench as the floor, and how soon they are acted on' },
  drift: { script: './bench/drift.ts', what: 'what a run of the drift assertions costs over 1,000, 10,000 and 100,000 configurations' },
  requests: {
    script: './bench/requests.ts',
    what: '100,000 generated requests, or as many as --count says: each answered as its route publishes, no row half-written',
  },
  model: { script: 'bench/model.ts', what: 'runs of the lifecycle against its reference: 10,000, or as many as --runs says' },
};

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const list = (): string =>
  Object.entries(benches)
    .map(([name, { what }]) => `  npm run bench -- ${name}   ${what}`)
    .join('\n');

const [name, ...rest] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (name === undefined) {
  say(`postroute: benchmarks there are so far:\n${list()}`);
} else if (bench === undefined) {
  say(`postroute: there is no benchmark ${name}; there are:\n${list()}`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, [fileURLToPath(new URL(bench.script, import.meta.url)), ...rest], { stdio: 'inherit' });
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
