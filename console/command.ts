/** What a command is: a line of the help, the flags it takes, and a function. `commands.ts` lists them all. */
import type { Api } from './api.ts';
import type { ExitCode } from './exitCode.ts';
import type { Speaker } from './speaker.ts';

export type Flag = {
  type: 'string' | 'boolean';
  /** What stands for the value in the help: `ID`. */
  value?: string;
  what: string;
};
export type Flags = Readonly<Record<string, Flag>>;

export type Command = {
  /** One word, or two: `drift plan`. */
  name: string;
  /** Of the arguments, for the help: `<configuration>`, `[file …]`. */
  usage: string;
  /** How many arguments it takes. */
  arguments: { min: number; max: number };
  what: string;
  /** Further lines of its help. */
  more?: readonly string[];
  flags: Flags;
  run(call: Call): Promise<ExitCode>;
};

/** One run of a command. */
export type Call = {
  arguments: readonly string[];
  text(flag: string): string | undefined;
  has(flag: string): boolean;
  /** A whole number within these bounds. */
  number(flag: string, bounds: { min: number; max: number; fallback: number }): number;
  /** The service; looks for address and key when it is first asked for. */
  api(): Api;
  speak: Speaker;
  /** Puts a question to whoever sits at the terminal; null when nobody does. */
  ask: ((question: string) => Promise<string>) | null;
  /** Aborted by Ctrl-C. */
  interrupted: AbortSignal;
  environment: NodeJS.ProcessEnv;
};

/** The first argument of a command that takes at least one. */
export const first = ({ arguments: [name = ''] }: Call): string => name;
