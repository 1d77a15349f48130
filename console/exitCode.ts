/** What a script may rely on. README.md and `--help` list the same numbers. */
export const exitCode = {
  done: 0,
  fault: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  notAllowed: 5,
  unavailable: 6,
  notConfirmed: 7,
  no: 8,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
