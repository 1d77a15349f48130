/** Names and values in two columns. */
import { printable } from '../speaker.ts';
import type { Fact } from './configurationSheet.ts';

export function sheet(facts: readonly Fact[]): string[] {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}`);
}
