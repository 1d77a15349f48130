/**
 * Postmark on loopback: the HTTP API of one account, what becomes of the mail it takes, and the webhooks that tell of it.
 *
 * Guarantee: what the unmodified client sees here is what it would see there, as far as the public record goes; where the record is silent
 * the answer is a switch (postmarkSettings.ts).
 * Crash: everything is data, saved by `save` and on the world's agenda; a webhook call that was on the wire is lost with the process.
 */
import type { HttpRoom, RimRequest } from '../world/httpRim.ts';
import { InputError } from '../world/inputError.ts';
import type { Json, Room, World } from '../world/world.ts';
import { BounceStore } from './bounces/bounceStore.ts';
import { BulkStore } from './bulk/bulkStore.ts';
import { registerBulk } from './bulk/releaseBulk.ts';
import { DataRemovalStore } from './dataRemovals/dataRemovalStore.ts';
import { registerRemovals } from './dataRemovals/eraseRecipient.ts';
import { DomainStore } from './domains/domainStore.ts';
import { registerRechecks } from './domains/recheck.ts';
import { type InboundByHand, inboundByHand } from './inbound/inboundByHand.ts';
import { InboundRuleStore } from './inbound/inboundRuleStore.ts';
import { InboundStore } from './inbound/inboundStore.ts';
import { keptSince } from './keptSince.ts';
import { registerProcessing } from './messages/afterAcceptance.ts';
import { capturedMail, type MailFilter } from './messages/capturedMail.ts';
import { MessageStore } from './messages/messageStore.ts';
import { ReadingStore } from './messages/readingStore.ts';
import { type ReportedEvent, reportEvent } from './messages/report.ts';
import type { Postmark } from './postmark.ts';
import { declarePostmarkSettings } from './postmarkSettings.ts';
import { serverOfToken } from './rim/authenticate.ts';
import { answerRequest, faultAnswer, refused } from './rim/frontDoor.ts';
import { Pace } from './rim/pace.ts';
import { Refusal } from './rim/refusal.ts';
import { findRoute, operationName } from './rim/routeTable.ts';
import { restoreAccount, saveAccount, showAccount } from './roomState.ts';
import { confirmSender } from './senders/confirmSender.ts';
import { SenderStore } from './senders/senderStore.ts';
import { createServer } from './servers/createServer.ts';
import { asJson } from './servers/server.ts';
import { ServerStore } from './servers/serverStore.ts';
import { changeToken, type TokenChange } from './servers/tokenByHand.ts';
import { type SmtpDoor, serveSmtp } from './smtp/smtpDoor.ts';
import { StatStore } from './stats/statStore.ts';
import { registerPurges } from './streams/archiveStream.ts';
import { registerSuppressionChanges } from './suppressions/changeSuppression.ts';
import { SuppressionStore } from './suppressions/suppressionStore.ts';
import { registerRenderingFailures } from './templates/renderingFailure.ts';
import { TemplateStore } from './templates/templateStore.ts';
import { startDeliveries } from './webhooks/deliver.ts';
import { WebhookCalls } from './webhooks/webhookCalls.ts';
import { WebhookStore } from './webhooks/webhookStore.ts';

/** The largest thing Postmark takes: a batch. A single message's own limit is checked when it has been read. */
const bodyLimitBytes = 50 * 1024 * 1024;

export type PostmarkOptions = { dnsServer: { host: string; port: number }; accountToken: string };

export interface PostmarkRoom extends Room, HttpRoom {
  readonly name: 'postmark';
  readonly accountToken: string;
  /** The answer of `GET /mail`. */
  mail(filter: MailFilter): Json;
  /** The answer of `POST /postmark/event`; throws InputError. */
  report(event: ReportedEvent): Json;
  /** The answer of `POST /postmark/inbound`; throws InputError. */
  receive(message: InboundByHand): Promise<Json>;
  /** Opens the SMTP door; whoever opens it closes it. */
  serveSmtp(at: { host: string; port: number }): Promise<SmtpDoor>;
  /** The certificate of that door, PEM; null before it is open. */
  smtpCertificate(): string | null;
  /** The answer of `POST /postmark/server`, the new server as the API shows it; throws InputError. */
  createServerByHand(name: string): Json;
  /** The answer of `POST /postmark/token`, the server as the API shows it; throws InputError. */
  changeToken(change: TokenChange): Json;
  /** The answer of `POST /postmark/sender/confirm`; throws InputError. */
  confirmSender(email: string): Json;
  /** Lets go of pooled connections. */
  close(): void;
}

function createAccount(world: World, options: PostmarkOptions): Postmark {
  const settings = declarePostmarkSettings(world);
  const since = keptSince(world, settings);
  return {
    world,
    random: world.random.fork('postmark'),
    settings,
    ...options,
    servers: new ServerStore(),
    domains: new DomainStore(),
    senders: new SenderStore(),
    dataRemovals: new DataRemovalStore(),
    templates: new TemplateStore(),
    bulk: new BulkStore(),
    messages: new MessageStore(since),
    readings: new ReadingStore(since),
    stats: new StatStore(),
    pace: new Pace(),
    suppressions: new SuppressionStore(),
    bounces: new BounceStore(since),
    webhooks: new WebhookStore(),
    webhookCalls: new WebhookCalls(),
    inbound: new InboundStore(since),
    inboundRules: new InboundRuleStore(),
  };
}

function createByHand(postmark: Postmark, name: string): Json {
  try {
    return asJson(createServer(postmark, { Name: name }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new InputError(`name: ${error.message} (${error.code}); give a name that no server of the account has`);
  }
}

function operationOf(request: RimRequest): string {
  const found = findRoute(request.method, request.path);
  return found === null ? 'unknown' : operationName(found.route);
}

/** The server a call is about: the one its token belongs to, or the one that the account's call names. */
function serverOf(postmark: Postmark, request: RimRequest): number | undefined {
  const found = findRoute(request.method, request.path);
  if (found?.route.path === '/servers/{id}') return Number(found.ids[0]);
  return serverOfToken(postmark, request.headers)?.server.ID;
}

function forgetAll(postmark: Postmark): void {
  for (const store of [
    postmark.servers,
    postmark.domains,
    postmark.senders,
    postmark.dataRemovals,
    postmark.templates,
    postmark.bulk,
    postmark.pace,
    postmark.messages,
    postmark.readings,
    postmark.stats,
    postmark.suppressions,
    postmark.bounces,
    postmark.webhooks,
    postmark.webhookCalls,
    postmark.inbound,
    postmark.inboundRules,
  ]) {
    store.reset();
  }
}

export function createPostmarkRoom(world: World, options: PostmarkOptions): PostmarkRoom {
  const postmark = createAccount(world, options);
  registerProcessing(postmark);
  registerSuppressionChanges(postmark);
  registerRechecks(postmark);
  registerPurges(postmark);
  registerRemovals(postmark);
  registerRenderingFailures(postmark);
  registerBulk(postmark);
  const deliveries = startDeliveries(postmark);
  let certificate: string | null = null;
  return {
    name: 'postmark',
    service: 'postmark',
    accountToken: options.accountToken,
    bodyLimitBytes,
    operationOf,
    serverOf: (request) => serverOf(postmark, request),
    handle: (request) => answerRequest(postmark, request),
    faultAnswer: (fault) => faultAnswer(postmark, fault),
    crashAnswer: () => refused(new Refusal(101)),
    tooLarge: () => refused(new Refusal(300, 'The request is too large: it is limited to 50 MB.', { status: 413 })),
    show: () => showAccount(postmark),
    save: () => saveAccount(postmark),
    restore: (saved) => restoreAccount(postmark, saved),
    reset: () => {
      forgetAll(postmark);
      deliveries.forget();
      world.touched();
    },
    mail: (filter) => capturedMail(postmark, filter),
    report: (event) => reportEvent(postmark, event),
    receive: (message) => inboundByHand(postmark, message),
    serveSmtp: async (at) => {
      const door = await serveSmtp(postmark, at);
      certificate = door.certificate;
      return door;
    },
    smtpCertificate: () => certificate,
    createServerByHand: (name) => createByHand(postmark, name),
    changeToken: (change) => changeToken(postmark, change),
    confirmSender: (email) => confirmSender(postmark, email),
    close: () => deliveries.close(),
  };
}
