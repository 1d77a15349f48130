/** `POST /postmark/inbound`: lets a message come in, as written out or as raw MIME, by the same way as mail from the SMTP door. */
import MailComposer from 'nodemailer/lib/mail-composer';
import { InputError } from '../../world/inputError.ts';
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';
import { serverOfAddress } from './inboundAddress.ts';
import { listedInbound } from './inboundMessage.ts';
import { receiveInbound } from './receiveInbound.ts';

export type InboundByHand = {
  /** Whose inbound address it goes to; without it, the server that `recipient` or one of `to` belongs to. */
  server?: number;
  /** The address of the envelope. */
  recipient?: string;
  /** A whole MIME message, instead of the fields below. */
  raw?: string;
  from?: string;
  to?: string;
  cc?: string;
  bcc?: string;
  replyTo?: string;
  subject?: string;
  textBody?: string;
  htmlBody?: string;
  headers?: { Name: string; Value: string }[];
  attachments?: { Name: string; Content: string; ContentType: string }[];
};

const addressesIn = (text: string | undefined): string[] => text?.match(/[^\s,<>"]+@[^\s,<>"]+/g) ?? [];

/** Where it goes, and for which server. */
function destinationOf(postmark: Postmark, input: InboundByHand): { record: ServerRecord; recipient: string } {
  if (input.server !== undefined) {
    const record = postmark.servers.byId(input.server);
    if (record === undefined) throw new InputError(`server: there is no server ${input.server}; GET /state lists the ones there are`);
    return { record, recipient: input.recipient ?? record.server.InboundAddress };
  }
  const named = [input.recipient, input.to, input.cc, input.bcc].flatMap(addressesIn);
  for (const recipient of named) {
    const record = serverOfAddress(postmark, recipient);
    if (record !== undefined) return { record, recipient };
  }
  throw new InputError(
    "recipient: no server has one of the addresses given; name the server's InboundAddress, or an address of its InboundDomain, or send 'server'",
  );
}

/** What is composed says only what follows from the seed and the clock. */
async function sourceOf({ world, random }: Postmark, input: InboundByHand, recipient: string): Promise<Buffer> {
  if (input.raw !== undefined) return Buffer.from(input.raw);
  if (input.from === undefined) throw new InputError("from: is missing; it must be the sender's address, or send a whole message as 'raw'");
  const id = random.uuid();
  const { from, cc, bcc, replyTo, subject, textBody: text, htmlBody: html } = input;
  const given = Object.entries({ cc, bcc, replyTo, text, html }).filter(([, value]) => value !== undefined);
  const composer = new MailComposer({
    ...{
      from,
      to: input.to ?? recipient,
      subject: subject ?? '',
      date: new Date(world.clock.now()),
      messageId: `<${id}@mail.example.com>`,
    },
    ...Object.fromEntries(given),
    headers: (input.headers ?? []).map(({ Name, Value }) => ({ key: Name, value: Value })),
    attachments: (input.attachments ?? []).map(({ Name, Content, ContentType }) => ({
      ...{ filename: Name, content: Buffer.from(Content, 'base64'), contentType: ContentType },
    })),
    baseBoundary: id,
    normalizeHeaderKey: (key) => key.replace(/^X-Pm-/, 'X-PM-'),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  node.keepBcc = true;
  return node.build();
}

export async function inboundByHand(postmark: Postmark, input: InboundByHand): Promise<Json> {
  const { record, recipient } = destinationOf(postmark, input);
  const source = await sourceOf(postmark, input, recipient);
  const message = await receiveInbound(postmark, record, recipient, source);
  if (message === null) throw new InputError(`server: ${record.server.Name} was removed meanwhile; GET /state lists the servers there are`);
  return listedInbound(message);
}
