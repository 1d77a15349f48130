/**
 * How Route 53 writes record values and names, and how we do.
 * A TXT value is a row of quoted strings of at most 255 bytes each; quotes, backslashes and everything that is not printable ASCII are escaped.
 * Values are compared decoded: chunking and quoting differ between writers of the same text.
 */
const chunkMaxBytes = 255;

export function encodeTxt(value: string): string {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length === 0) return '""';
  const strings: string[] = [];
  for (let from = 0; from < bytes.length; from += chunkMaxBytes) {
    strings.push(`"${[...bytes.subarray(from, from + chunkMaxBytes)].map(escapeByte).join('')}"`);
  }
  return strings.join(' ');
}

function escapeByte(byte: number): string {
  if (byte === 0x22) return '\\"';
  if (byte === 0x5c) return '\\\\';
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : octal(byte);
}

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

/** Outside quotes, blanks separate strings; anything else there is taken as it stands, as hand-written records have it. */
export function decodeTxt(encoded: string): string {
  // Nearly every value, and a hundredth of the time: 100,000 of them are read in one run of drift.
  if (!encoded.includes('\\'))
    return encoded
      .split('"')
      .map((part, at) => (at % 2 === 1 ? part : part.replace(/[ \t]+/g, '')))
      .join('');
  const bytes: number[] = [];
  let quoted = false;
  for (let at = 0; at < encoded.length; ) {
    const [character] = encoded.slice(at, at + 2);
    if (character === '"') {
      quoted = !quoted;
      at += 1;
    } else if (character === '\\') {
      const { byte, length } = readEscape(encoded, at);
      bytes.push(...byte);
      at += length;
    } else {
      if (quoted || (character !== ' ' && character !== '\t')) bytes.push(...Buffer.from(character ?? '', 'utf8'));
      at += character?.length ?? 1;
    }
  }
  return Buffer.from(bytes).toString('utf8');
}

function readEscape(encoded: string, at: number): { byte: readonly number[]; length: number } {
  const digits = /^\\([0-3][0-7]{2})/.exec(encoded.slice(at, at + 4))?.[1];
  if (digits !== undefined) return { byte: [Number.parseInt(digits, 8)], length: 4 };
  const [escaped = '\\'] = encoded.slice(at + 1, at + 3);
  return { byte: [...Buffer.from(escaped, 'utf8')], length: 1 + escaped.length };
}

/** Lower case, without the trailing dot, escapes such as `\052` (an asterisk) resolved. */
export function decodeName(name: string): string {
  const plain = name.includes('\\')
    ? name.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    : name;
  return (plain.endsWith('.') ? plain.slice(0, -1) : plain).toLowerCase();
}
