/** Encoded words of RFC 2047, as they stand in headers that the MIME parser hands on as they are. */
const word = /=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi;

/** Between two encoded words white space separates and says nothing. */
const between = /(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi;

function bytesOf(encoding: string, text: string): Buffer {
  if (encoding.toLowerCase() === 'b') return Buffer.from(text, 'base64');
  const octets = text.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1');
}

/** A word in a character set that nobody knows stays as it is. */
export function decodedWords(text: string): string {
  return text.replace(between, '$1').replace(word, (whole, charset, encoding, encoded) => {
    try {
      return new TextDecoder(charset.split('*')[0]).decode(bytesOf(encoding, encoded));
    } catch {
      return whole;
    }
  });
}
