/**
 * Postmark's SMTP door: mail out for whoever shows a server token as user and password, mail in for the addresses of its servers.
 *
 * Guarantee: a message answered 250 was kept, or became an SMTP API error of each recipient; one that is not was not looked at.
 * STARTTLS is offered with a certificate of this start's own, which the control API hands out.
 * Every connection waits 100 ms for its greeting, since the library looks for early talkers: send many messages over one connection.
 * A fault of service `postmark`, operation `SMTP`, happens around the taking of a message.
 */
import type { AddressInfo } from 'node:net';
import type { SMTPServer, SMTPServerAuthentication, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { logFault } from '../../world/log.ts';
import type { FaultSpec } from '../../world/world.ts';
import { serverOfAddress } from '../inbound/inboundAddress.ts';
import { receiveInbound } from '../inbound/receiveInbound.ts';
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';
import { selfSigned } from './selfSigned.ts';
import { SmtpReply } from './smtpReply.ts';
import { submitMail } from './submitMail.ts';

const megabyte = 1024 * 1024;
const inboundMaxBytes = 35 * megabyte;
const outboundMaxBytes = 10 * megabyte;
/** Connections that are still open when the door closes get this long; the library's own default is 30 s. */
const closeTimeoutMs = 200;
const slowDefaultMs = 1000;

export type SmtpDoor = { host: string; port: number; certificate: string; close(): Promise<void> };

/** The server whose token was shown; the token is both name and password, in any case. */
function serverOfLogin({ servers }: Postmark, auth: SMTPServerAuthentication): ServerRecord {
  const token = auth.username ?? '';
  const record = servers.byToken(token);
  const isRight = auth.method === 'CRAM-MD5' ? auth.validatePassword(token) : auth.password?.toLowerCase() === token.toLowerCase();
  if (record === undefined || !isRight) throw new SmtpReply(535, '5.7.8 Invalid server token: it is both user name and password');
  if (!record.server.SmtpApiActivated) throw new SmtpReply(535, '5.7.8 SMTP is disabled for this server');
  return record;
}

async function wholeOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      sizeBytes += chunk.length;
      if (sizeBytes <= inboundMaxBytes) chunks.push(chunk);
    }
  } catch (cause) {
    // The client left before its message was whole: there is nobody to tell, and nothing of ours went wrong.
    throw new SmtpReply(451, '4.4.2 The message did not come in full', { cause });
  }
  if (sizeBytes > inboundMaxBytes) throw new SmtpReply(552, '5.3.4 The message is larger than 35 MB');
  return Buffer.concat(chunks);
}

const senderIn = ({ envelope }: SMTPServerSession): string => (envelope.mailFrom === false ? '' : envelope.mailFrom.address);
const recipientsIn = ({ envelope }: SMTPServerSession): string[] => envelope.rcptTo.map(({ address }) => address);

async function takeInbound(postmark: Postmark, recipients: readonly string[], source: Buffer): Promise<string> {
  const ids: string[] = [];
  for (const recipient of recipients) {
    const record = serverOfAddress(postmark, recipient);
    const message = record === undefined ? null : await receiveInbound(postmark, record, recipient, source);
    if (message !== null) ids.push(message.id);
  }
  const [first] = ids;
  if (first === undefined) throw new SmtpReply(550, '5.1.1 No server has this inbound address any more');
  return first;
}

function take(postmark: Postmark, session: SMTPServerSession, source: Buffer): Promise<string> {
  const record = userOf(postmark, session);
  if (record === undefined && session.user !== undefined) throw new SmtpReply(535, '5.7.8 The server of this login was removed');
  if (record === undefined) return takeInbound(postmark, recipientsIn(session), source);
  if (source.length > outboundMaxBytes) throw new SmtpReply(552, '5.3.4 The message is larger than 10 MB');
  return submitMail(postmark, record, { from: senderIn(session), recipients: recipientsIn(session) }, source);
}

/** Undefined for somebody who did not log in, or whose server has gone since. */
function userOf({ servers }: Postmark, session: SMTPServerSession): ServerRecord | undefined {
  const id: unknown = session.user;
  return typeof id === 'number' ? servers.byId(id) : undefined;
}

/** A fault's status is an SMTP code when it can be one. */
function refusalOf(status: number | undefined): SmtpReply {
  const code = status !== undefined && status >= 400 ? status : 451;
  return new SmtpReply(code, `${Math.floor(code / 100)}.3.0 The message was not taken`);
}

/** `null`: nothing is answered, and with `cut` the connection goes. */
async function underFault(fault: FaultSpec | null, taking: () => Promise<string>): Promise<string | null> {
  switch (fault?.kind) {
    case 'status':
      throw refusalOf(fault.status);
    case 'throttle':
      throw new SmtpReply(421, '4.7.0 Too many messages, try again later');
    case 'timeout-before':
      return null;
    case 'timeout-after':
    case 'cut':
      await taking();
      return null;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? slowDefaultMs));
      return taking();
    default:
      return taking();
  }
}

type DataAnswer = (error?: Error | null, message?: string) => void;

async function onData(postmark: Postmark, door: SMTPServer, session: SMTPServerSession, stream: SMTPServerDataStream, answer: DataAnswer) {
  const { calls, faults } = postmark.world;
  let ended: ReturnType<typeof calls.count> = () => {};
  try {
    const source = await wholeOf(stream);
    ended = calls.count('postmark', 'SMTP');
    const record =
      userOf(postmark, session) ??
      recipientsIn(session)
        .map((to) => serverOfAddress(postmark, to))
        .find(Boolean);
    const fault = faults.take('postmark', 'SMTP', record?.server.ID);
    const id = await underFault(fault, () => take(postmark, session, source));
    ended({ status: id === null ? null : 250, fault: fault?.kind ?? null });
    if (id !== null) return answer(null, `2.0.0 OK: queued as ${id}`);
    if (fault?.kind !== 'cut') return undefined;
    for (const connection of door.connections) if (connection.session.id === session.id) connection.close();
  } catch (cause) {
    if (!(cause instanceof SmtpReply)) logFault('postmark: SMTP message failed', cause);
    const reply = cause instanceof SmtpReply ? cause : new SmtpReply(451, '4.3.0 The sandbox failed; its standard error says how');
    ended({ status: reply.responseCode });
    answer(reply);
  }
}

/** Without a login, mail is for the inbound addresses only. */
function checkRecipient(postmark: Postmark, session: SMTPServerSession, address: string): void {
  if (session.user !== undefined || serverOfAddress(postmark, address) !== undefined) return;
  if (address.toLowerCase().endsWith('@inbound.postmarkapp.com')) throw new SmtpReply(550, '5.1.1 No server has this inbound address');
  throw new SmtpReply(530, '5.7.0 Authentication required: use a server token as user name and password');
}

/** Runs `check` and answers with what it threw. */
function answered<T>(check: () => T, answer: (error: Error | null, value?: T) => void): void {
  try {
    answer(null, check());
  } catch (cause) {
    answer(cause instanceof Error ? cause : new SmtpReply(451, '4.3.0 The sandbox failed'));
  }
}

export async function serveSmtp(postmark: Postmark, at: { host: string; port: number }): Promise<SmtpDoor> {
  const { SMTPServer: Door } = await import('smtp-server');
  const { certificate, key } = selfSigned();
  const door: SMTPServer = new Door({
    name: 'smtp.postmarkapp.com',
    banner: 'Postmark sandbox',
    size: inboundMaxBytes,
    ...{ key, cert: certificate },
    authMethods: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: closeTimeoutMs,
    logger: false,
    onAuth: (auth, _session, answer) => answered(() => ({ user: serverOfLogin(postmark, auth).server.ID }), answer),
    onRcptTo: ({ address }, session, answer) => answered(() => checkRecipient(postmark, session, address), answer),
    onData: (stream, session, answer) => void onData(postmark, door, session, stream, answer),
  });
  // What goes wrong with one connection is that client's to see.
  door.on('error', (cause: Error) => {
    if (!door.server.listening) logFault('postmark: SMTP door failed', cause);
  });
  const port = await new Promise<number>((resolve, reject) => {
    door.server.once('error', reject);
    door.listen(at.port, at.host, () => {
      door.server.off('error', reject);
      resolve((door.server.address() as AddressInfo).port);
    });
  });
  return { host: at.host, port, certificate, close: () => new Promise((resolve) => door.close(() => resolve())) };
}
