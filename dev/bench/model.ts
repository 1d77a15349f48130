/**
 * The model-based test of the lifecycle for as long as the suite has no time: `npm run bench -- model [--runs 10000]`. Says how many runs and steps
 * there were and that all states and transitions were visited, or how to run the first difference again. Ends with 1 when there is one.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { checkout, toolEnvironment } from '../tool.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' } } });
const startedAt = performance.now();
const child = spawn(process.execPath, [`${checkout}node_modules/vitest/vitest.mjs`, 'run', 'test/work/model/lifecycle.test.ts'], {
  cwd: checkout,
  env: { ...toolEnvironment(), POSTROUTE_MODEL_RUNS: values.runs },
  stdio: ['ignore', 'inherit', 'inherit'],
});
child.once('exit', (code) => {
  process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
  process.exitCode = code ?? 1;
});
