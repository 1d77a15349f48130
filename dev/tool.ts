/** Runs a tool of node_modules/.bin to its end and keeps what it says. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../', import.meta.url));

export type ToolResult = { ok: boolean; output: string; seconds: number };

/** The pinned Node comes first on PATH: the tools' own first lines say only `node`. */
export const toolEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${checkout}node_modules/.bin:${process.env['PATH'] ?? ''}`,
});

export function runTool(name: string, args: readonly string[]): Promise<ToolResult> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(`${checkout}node_modules/.bin/${name}`, args, {
      cwd: checkout,
      env: toolEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const end = (ok: boolean): void => resolve({ ok, output: output.trimEnd(), seconds: (performance.now() - startedAt) / 1000 });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => {
      output += `${name} could not be started: ${error.message}`;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}
