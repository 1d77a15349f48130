/**
 * Domain names as Route 53 keeps them: lower-case, dot-terminated, every character but a–z 0–9 - _ as `\ooo` (so `*` is `\052`).
 * Names are compared and stored in this form only.
 */

/** RFC 1035: 63 octets a label, 255 a name on the wire. */
const labelMax = 63;
const wireNameMax = 255;

const isPlain = (byte: number): boolean => /[a-z0-9_-]/.test(String.fromCharCode(byte));
const escaped = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

/**
 * One label per entry, with its escapes undone: the bytes of its UTF-8 as one character each (`latin1`), since `\ooo` names a byte.
 * Dots that were escaped stay inside their label.
 */
function byteLabels(name: string): string[] {
  const labels = [''];
  const tokens =
    Buffer.from(name, 'utf8')
      .toString('latin1')
      .match(/\\[0-7]{3}|\\?[\s\S]/g) ?? [];
  for (const token of tokens) {
    const octal = /^\\([0-7]{3})$/.exec(token)?.[1];
    if (token === '.') labels.push('');
    else labels.push(`${labels.pop() ?? ''}${octal === undefined ? token : String.fromCharCode(Number.parseInt(octal, 8) & 0xff)}`);
  }
  return labels.at(-1) === '' ? labels.slice(0, -1) : labels;
}

function canonicalLabel(label: string): string {
  const lowered = label.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return [...Buffer.from(lowered, 'latin1')].map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : escaped(byte))).join('');
}

/** The form that is stored, or null when it is no domain name: an empty label, one over 63 octets, or over 255 in all. */
export function canonicalName(name: string): string | null {
  const labels = byteLabels(name);
  const sizes = labels.map((label) => label.length);
  if (labels.length === 0 || sizes.some((size) => size === 0 || size > labelMax)) return null;
  if (sizes.reduce((sum, size) => sum + size + 1, 1) > wireNameMax) return null;
  return `${labels.map(canonicalLabel).join('.')}.`;
}

/** As DNS carries it: the octets of each label, escapes undone. */
export const wireLabels = (name: string): Buffer[] => (name === '.' ? [] : byteLabels(name).map((label) => Buffer.from(label, 'latin1')));

/** The stored form of a name that came over the wire; `.` for the root. */
export const nameOfLabels = (labels: readonly Buffer[]): string =>
  `${labels.map((label) => canonicalLabel(label.toString('latin1'))).join('.')}.`;

export const isWithin = (name: string, zoneName: string): boolean => name === zoneName || name.endsWith(`.${zoneName}`);

/**
 * What ListResourceRecordSets orders by: the labels reversed, the dots kept as characters of the comparison
 * (`com.amazon.www.`), as its reference says.
 */
export const reversedName = (name: string): string => `${name.slice(0, -1).split('.').reverse().join('.')}.`;
