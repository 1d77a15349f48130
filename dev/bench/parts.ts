/** The parts of one benchmark: all of them, or those that were asked for. Ends with 1 when a bar was missed, with 2 when a part is not known. */

export type Say = (line: string) => void;
/** Measures, says the figures, and answers whether every bar was met. */
export type Part = (say: Say) => Promise<boolean>;

const say: Say = (line) => {
  process.stdout.write(`${line}\n`);
};

export async function measureParts(parts: Readonly<Record<string, Part>>, asked: readonly string[]): Promise<void> {
  const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    process.stderr.write(`postroute: there is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const missed: string[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    if (!(await measure(say))) missed.push(name);
  }
  if (missed.length === 0) return;
  say(`a bar was missed: ${missed.join(', ')}`);
  process.exitCode = 1;
}
