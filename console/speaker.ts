/**
 * What is said, and where. Standard output has the answer alone: a table for people, or with `--json` one JSON document a line. Standard error has
 * everything said on the way. Text from outside is made printable first, since a terminal obeys control characters, whoever wrote them.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

export type Speaker = {
  json: boolean;
  /** One JSON document on a line of its own. */
  document(value: unknown): void;
  /** A line of the answer. */
  line(text: string): void;
  /** A line beside the answer: progress, a hint. */
  aside(text: string): void;
  /** What is under way: on a terminal it stands in one line, elsewhere each change is a line. `null` clears it. */
  progress(text: string | null): void;
  /** Colour on a terminal, and not with NO_COLOR. */
  style(format: Format, text: string): string;
};

export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
type Streams = { out: Output; err: Output };

export const printable = (text: string): string => stripVTControlCharacters(text).replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ');

/** A terminal that does not say how wide it is says 0. */
const widthOf = ({ columns }: Output): number => Math.max(20, columns || 80);

export function createSpeaker({ out, err }: Streams, json: boolean): Speaker {
  let shown = '';
  const clear = (): void => {
    if (shown !== '' && err.isTTY === true) err.write('\r\u001b[K');
  };
  return {
    json,
    document: (value) => out.write(`${JSON.stringify(value)}\n`),
    line: (text) => {
      clear();
      shown = '';
      out.write(`${text}\n`);
    },
    aside: (text) => {
      clear();
      shown = '';
      err.write(`${text}\n`);
    },
    progress: (text) => {
      if (text === shown) return;
      clear();
      shown = text ?? '';
      if (text !== null) err.write(err.isTTY === true ? printable(text).slice(0, widthOf(err) - 1) : `${printable(text)}\n`);
    },
    style: (format, text) => styleText(format, text, { stream: out }),
  };
}
