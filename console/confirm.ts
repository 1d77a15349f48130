/**
 * Asks before what cannot be taken back. The name of what it is about must be typed: a habit of pressing y confirms anything. Where nobody can be
 * asked, nothing is done without `--yes`.
 */
import type { Call } from './command.ts';
import { exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';

export async function confirm({ has, ask }: Pick<Call, 'has' | 'ask'>, warning: string, name: string): Promise<void> {
  if (has('yes')) return;
  if (ask === null) {
    throw new Failure(exitCode.notConfirmed, `${warning} Nothing was done: there is nobody here to confirm it`, {
      remedy: `Add --yes when you mean ${name}.`,
    });
  }
  const answer = await ask(`${warning}\nType ${name} to go on: `);
  if (answer.trim() !== name) throw new Failure(exitCode.notConfirmed, 'nothing was done: that was not the name');
}
