/** MIME in, plain data out: the one place that knows the parser, for mail that comes in and mail that is handed in for sending. */
import type { AddressObject, ParsedMail } from 'mailparser';
import { decodedWords } from './encodedWords.ts';

export type MimeAddress = { email: string; name: string };
export type MimeAttachment = { name: string; content: Buffer; contentType: string; contentId: string };

export type MimeMessage = {
  from: MimeAddress | null;
  to: MimeAddress[];
  cc: MimeAddress[];
  bcc: MimeAddress[];
  replyTo: MimeAddress[];
  subject: string;
  textBody: string | null;
  htmlBody: string | null;
  /** Name and value of every header, in order, unfolded and decoded. */
  headers: { Name: string; Value: string }[];
  attachments: MimeAttachment[];
};

const addressesOf = (field: AddressObject | AddressObject[] | undefined): MimeAddress[] =>
  [field ?? []]
    .flat()
    .flatMap(({ value }) => value)
    .flatMap((address) => (address.group === undefined ? [address] : address.group))
    .flatMap(({ address, name }) => (address === undefined || address === '' ? [] : [{ email: address, name }]));

/** From the raw lines: the parser's own map has one of several headers of a name, and leaves encoded words as they are. */
function headersOf({ headerLines }: ParsedMail): MimeMessage['headers'] {
  return headerLines.map(({ line }) => {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/\r?\n[ \t]+/g, ' ');
    return { Name: line.slice(0, colon), Value: decodedWords(value.trim()) };
  });
}

const named = (filename: string | undefined, index: number): string =>
  filename === undefined || filename === '' ? `attachment-${index + 1}` : filename;

/** Loaded with the first message: the parser and its character sets take longer to load than the rest of the sandbox. */
export async function parseMime(source: Buffer): Promise<MimeMessage> {
  const { simpleParser } = await import('mailparser');
  const parsed = await simpleParser(source, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true });
  return {
    from: addressesOf(parsed.from)[0] ?? null,
    to: addressesOf(parsed.to),
    cc: addressesOf(parsed.cc),
    bcc: addressesOf(parsed.bcc),
    replyTo: addressesOf(parsed.replyTo),
    subject: parsed.subject ?? '',
    textBody: parsed.text ?? null,
    htmlBody: parsed.html === false ? null : parsed.html,
    headers: headersOf(parsed),
    attachments: parsed.attachments.map(({ filename, content, contentType, cid }, index) => ({
      name: named(filename, index),
      content,
      contentType,
      contentId: cid ?? '',
    })),
  };
}

export const headerOf = (message: MimeMessage, name: string): string | null =>
  message.headers.find(({ Name }) => Name.toLowerCase() === name.toLowerCase())?.Value ?? null;
