/** Runs a program of the system while this process goes on answering it: the sandbox of a test lives in here. */
import { spawn } from 'node:child_process';

const limitMs = 30_000;

export type Ran = { code: number | null; stdout: string; stderr: string; output: string };

export function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd, timeout: limitMs });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, output: `${stdout}${stderr}` }));
    child.stdin.end(options.input ?? '');
  });
}
