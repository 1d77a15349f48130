/**
 * Asks before what cannot be taken back. The name of what it is about must be typed: a habit of pressing y confirms anything. Where nobody can be
 * asked, nothing is done without `--yes`.
 */
import { createInterface } from 'node:readline/promises';
import type { Call } from './command.ts';
import { exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';

export async function confirm({ has, interrupted }: Call, warning: string, name: string): Promise<void> {
  if (has('yes')) return;
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new Failure(exitCode.notConfirmed, `${warning} Nothing was done: there is nobody here to confirm it`, {
      remedy: `Add --yes when you mean ${name}.`,
    });
  }
  const questions = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await questions.question(`${warning}\nType ${name} to go on: `, { signal: interrupted });
    if (answer.trim() !== name) throw new Failure(exitCode.notConfirmed, 'nothing was done: that was not the name');
  } finally {
    questions.close();
  }
}
