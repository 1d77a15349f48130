/** Aligned lines with the time since the walk began. Colour only on a terminal, and not with NO_COLOR. */
import { styleText } from 'node:util';

export type Tone = 'plain' | 'good' | 'quiet';

export type Teller = {
  /** Sets the clock of the lines to zero. */
  begin(): void;
  /** `step` is shown once: a line of the same step leaves it out. */
  line(step: string, text: string, tone?: Tone): void;
  /** Lines without times. */
  block(lines: readonly string[]): void;
};

const stepWidth = 11;
const formats = { good: 'green', quiet: 'dim' } as const;

export function createTeller(stream: NodeJS.WriteStream): Teller {
  let beganAt = performance.now();
  let lastStep = '';
  const styled = (format: Parameters<typeof styleText>[0], text: string): string => styleText(format, text, { stream });
  return {
    begin: () => {
      beganAt = performance.now();
    },
    line: (step, text, tone = 'plain') => {
      const seconds = ((performance.now() - beganAt) / 1000).toFixed(2).padStart(6);
      const label = (step === lastStep ? '' : step).padEnd(stepWidth);
      lastStep = step;
      stream.write(`${styled('dim', `${seconds} s`)}  ${styled('bold', label)}${tone === 'plain' ? text : styled(formats[tone], text)}\n`);
    },
    block: (lines) => {
      stream.write(`${lines.join('\n')}\n`);
    },
  };
}
