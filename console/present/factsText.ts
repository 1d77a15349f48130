/** Facts in one line of a table: `name=value name=value`. */

/** Of one value; a public key would fill the screen. `--json` has it whole. */
const lengthMax = 60;

function worded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}

export const factsText = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${worded(value)}`)
    .join(' ');
