/** A command as a person runs it in a terminal that is none: its words kept, its end awaited. */
import { type ChildProcess, spawn } from 'node:child_process';
import { root } from './page.ts';
import { plainEnvironment } from './shell.ts';

export type UserProcess = {
  child: ChildProcess;
  out(): string;
  errors(): string;
  /** Resolves once these words were printed; rejects when it ends without them. */
  said(words: string): Promise<void>;
  ended: Promise<number | null>;
};

export function runAsUser(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): UserProcess {
  const child = spawn(command, args, { cwd: root, env: plainEnvironment(environment), stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = (words: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (out.includes(words)) resolve();
      };
      child.stdout.on('data', look);
      look();
      ended.then((code) => reject(new Error(`ended (${code}) without saying "${words}":\n${out}${errors}`)));
    });
  return { child, out: () => out, errors: () => errors, said, ended };
}
