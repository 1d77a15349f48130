/** A page of documentation as a test sees it: its text, its headings, its code blocks. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export type Block = { heading: string; language: string; text: string };

export type Page = {
  path: string;
  text: string;
  lines: number;
  /** Of the second level, in order. */
  headings: string[];
  blocks: Block[];
};

const fence = /^\s*```(\w*)$/;

export function readPage(path: string): Page {
  const text = readFileSync(`${root}${path}`, 'utf8');
  const blocks: Block[] = [];
  const headings: string[] = [];
  let open: Block | null = null;
  for (const line of text.split('\n')) {
    const language = fence.exec(line)?.[1];
    if (open !== null) {
      if (language === undefined) open.text += `${line}\n`;
      else open = null;
    } else if (language !== undefined) {
      open = { heading: headings.at(-1) ?? '', language, text: '' };
      blocks.push(open);
    } else if (line.startsWith('## ')) headings.push(line.slice(3));
  }
  return { path, text, lines: text.trimEnd().split('\n').length, headings, blocks };
}
