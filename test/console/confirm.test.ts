import { expect, test } from 'vitest';
import { confirm } from '../../console/confirm.ts';
import { exitCode } from '../../console/exitCode.ts';

const asked = async (answer: string | null, yes: boolean): Promise<{ outcome: unknown; questions: string[] }> => {
  const questions: string[] = [];
  const ask = async (question: string): Promise<string> => {
    questions.push(question);
    return answer ?? '';
  };
  const outcome = await confirm(
    { has: () => yes, ask: answer === null ? null : ask },
    'remove takes it down.',
    'acme.dev.ardamails.com',
  ).then(
    () => 'confirmed',
    (error: unknown) => error,
  );
  return { outcome, questions };
};

test('the name typed confirms; anything else does not', async () => {
  expect(await asked(' acme.dev.ardamails.com', false)).toEqual({
    outcome: 'confirmed',
    questions: ['remove takes it down.\nType acme.dev.ardamails.com to go on: '],
  });
  for (const answer of ['y', 'yes', '', 'acme'])
    expect((await asked(answer, false)).outcome).toMatchObject({ code: exitCode.notConfirmed });
});

test('--yes confirms without a question; without it, where nobody can be asked, nothing is done', async () => {
  expect(await asked(null, true)).toEqual({ outcome: 'confirmed', questions: [] });
  expect((await asked(null, false)).outcome).toMatchObject({
    code: exitCode.notConfirmed,
    message: expect.stringContaining('Nothing was done'),
    remedy: 'Add --yes when you mean acme.dev.ardamails.com.',
  });
});
