/** Everything that is wrong with the settings, at once: a start that fails five times for five mistakes costs five deployments. */
export type SettingProblem = {
  /** The key path, or the name of the environment. */
  key: string;
  /** What was given, masked when it is a secret; null when nothing was. */
  given: string | null;
  /** Where it was given; null when nowhere. */
  origin: string | null;
  problem: string;
  remedy: string;
  /** Only missing: another layer, elsewhere, may give it. */
  missing?: true;
};

export class SettingsError extends Error {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`The settings have ${count}:`, ...problems.map((problem) => `  - ${sentence(problem)}`)].join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

function sentence({ key, given, origin, problem, remedy }: SettingProblem): string {
  const what = given === null ? key : `${key} = ${given}`;
  return `${what}${origin === null ? '' : ` (${origin})`}: ${problem}. ${remedy}`;
}
