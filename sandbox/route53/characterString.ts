/**
 * TXT values. Route 53 takes and gives them quoted: one or more strings of at most 255 bytes, each in double quotes, separated by
 * spaces; `"` and `\` escaped by a backslash, anything but printable ASCII as `\ooo`.
 */

/** RFC 1035: the length of a character string is one octet. */
const stringBytesMax = 255;

export type CharacterStrings = { kind: 'parsed'; strings: Buffer[] } | { kind: 'invalid'; problem: string };

const unquoted = 'InvalidCharacterString (Value should be enclosed in quotation marks)';
const tooLong = 'CharacterStringTooLong (Value is too long)';
const notAscii = 'UnsupportedCharacter (Value contains unsupported characters)';

/** Reads the value of a TXT record. */
export function parseCharacterStrings(value: string): CharacterStrings {
  if (/[^\x20-\x7e\t]/.test(value)) return { kind: 'invalid', problem: notAscii };
  if (!/^\s*"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*\s*$/.test(value)) return { kind: 'invalid', problem: unquoted };
  const strings = (value.match(/"(?:[^"\\]|\\.)*"/g) ?? []).map((quoted) => unescaped(quoted.slice(1, -1)));
  if (strings.some((bytes) => bytes.length > stringBytesMax)) return { kind: 'invalid', problem: tooLong };
  return { kind: 'parsed', strings };
}

function unescaped(text: string): Buffer {
  const bytes: number[] = [];
  for (const [token, octal, literal] of text.matchAll(/\\([0-7]{3})|\\(.)|[\s\S]/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else bytes.push((literal ?? token).charCodeAt(0));
  }
  return Buffer.from(bytes);
}

/** What the record says: its strings joined, as mail software reads them. */
export function decodedText(value: string): string {
  const parsed = parseCharacterStrings(value);
  return parsed.kind === 'parsed' ? Buffer.concat(parsed.strings).toString('utf8') : value;
}

function quoted(bytes: Buffer): string {
  const characters = [...bytes].map((byte) => {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') return `\\${character}`;
    return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : character;
  });
  return `"${characters.join('')}"`;
}

/** Plain text as a TXT value, cut every 255 bytes. */
export function encodedText(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  const strings: string[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += stringBytesMax) strings.push(quoted(bytes.subarray(at, at + stringBytesMax)));
  return strings.join(' ');
}
