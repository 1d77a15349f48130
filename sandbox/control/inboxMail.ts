/**
 * What the page shows of the mail. A message is read as its sender would read it: from the Postmark room's own API, with its server's token.
 */
import { z } from 'zod';
import { InputError } from '../world/inputError.ts';
import type { Json } from '../world/world.ts';
import type { Control } from './controlRoutes.ts';

/** The page shows the newest; a search finds the others. */
const shownMax = 200;

const mailSchema = z.object({
  items: z.array(
    z.object({
      MessageID: z.string(),
      ServerID: z.number(),
      From: z.string(),
      To: z.string(),
      Subject: z.string(),
      Metadata: z.record(z.string(), z.string()),
      Tag: z.string().nullable(),
      receivedAt: z.string(),
      status: z.string(),
      events: z.array(z.object({ Type: z.string(), Recipient: z.string(), ReceivedAt: z.string() })),
    }),
  ),
});

const accountSchema = z.object({
  servers: z.array(z.object({ ID: z.number(), Name: z.string(), ApiTokens: z.array(z.string()) })),
  domains: z.array(z.unknown()),
});

const detailsSchema = z.object({
  HtmlBody: z.string().nullish(),
  TextBody: z.string().nullish(),
  MessageStream: z.string().nullish(),
});

const dumpSchema = z.object({ Body: z.string() });

type Mail = z.infer<typeof mailSchema>['items'][number];

const mailOf = ({ rooms }: Control): Mail[] => mailSchema.parse(rooms.postmark.mail({})).items;
export const accountOf = ({ rooms }: Control): z.infer<typeof accountSchema> => accountSchema.parse(rooms.postmark.show());
export const mailCount = (control: Control): number => mailOf(control).length;

const searched = ({ From, To, Subject, Tag, Metadata, MessageID }: Mail): string =>
  [From, To, Subject, Tag ?? '', MessageID, ...Object.values(Metadata)].join('\n').toLowerCase();

/** Newest first. */
export function inboxMail(control: Control, search: string): Json {
  const names = new Map(accountOf(control).servers.map(({ ID, Name }) => [ID, Name]));
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = mailOf(control).filter((mail) => words.every((word) => searched(mail).includes(word)));
  const items = found.slice(-shownMax).reverse();
  return {
    total: found.length,
    items: items.map(({ events, ...mail }) => ({
      ...mail,
      events: events.length,
      serverName: names.get(mail.ServerID) ?? `server ${mail.ServerID}`,
    })),
  };
}

async function read<S extends z.ZodType>(control: Control, token: string, path: string, schema: S): Promise<z.output<S> | null> {
  const headers = { 'x-postmark-server-token': token, accept: 'application/json', 'content-type': 'application/json' };
  const request = { method: 'GET', path, query: new URLSearchParams(), headers, body: Buffer.alloc(0) };
  const answer = await control.rooms.postmark.handle(request);
  return answer.status === 200 ? schema.parse(JSON.parse(answer.body.toString())) : null;
}

async function found(control: Control, id: string) {
  const mail = mailOf(control).find(({ MessageID }) => MessageID === id);
  if (mail === undefined) throw new InputError(`id: there is no message '${id}'; GET /mail lists those there are`);
  const server = accountOf(control).servers.find(({ ID }) => ID === mail.ServerID);
  const token = server?.ApiTokens[0] ?? '';
  const details = await read(control, token, `/messages/outbound/${id}/details`, detailsSchema);
  return { mail, token, details, serverName: server?.Name ?? `server ${mail.ServerID} (removed)` };
}

/** Folded lines are joined; what is no header line ends them. */
function headersOf(source: string): { Name: string; Value: string }[] {
  const head = source.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const lines = head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return lines.flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 ? { Name: line.slice(0, at), Value: line.slice(at + 1).trim() } : [];
  });
}

/** Names and types; as at Postmark, the content is not kept. */
function attachmentsOf(source: string): { name: string; type: string }[] {
  const heads = source
    .split(/\r?\n--[^\r\n]+\r?\n/)
    .slice(1)
    .map((part) => part.split(/\r?\n\r?\n/, 1)[0] ?? '');
  return heads.flatMap((head) => {
    const name = /filename\*?="?([^"\r\n;]+)"?/i.exec(head)?.[1];
    const type = /content-type:\s*([^;\r\n]+)/i.exec(head)?.[1] ?? 'application/octet-stream';
    return name === undefined ? [] : { name, type };
  });
}

export async function inboxMessage(control: Control, id: string): Promise<Json> {
  const { mail, token, details, serverName } = await found(control, id);
  const source = (await read(control, token, `/messages/outbound/${id}/dump`, dumpSchema))?.Body ?? '';
  return {
    ...mail,
    serverName,
    MessageStream: details?.MessageStream ?? '',
    HtmlBody: details?.HtmlBody ?? '',
    TextBody: details?.TextBody ?? '',
    headers: headersOf(source),
    attachments: attachmentsOf(source),
    source,
  };
}

export async function inboxHtml(control: Control, id: string): Promise<string> {
  return (await found(control, id)).details?.HtmlBody ?? '';
}
