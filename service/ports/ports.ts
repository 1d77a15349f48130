/**
 * What Postroute needs from outside, in its own words. Adapters in this folder implement these over the wire; nothing else knows a vendor.
 *
 * Every method either answers, or throws a `PortFault` (core/portFault.ts) that says which of the four things happened: refused for good,
 * not done but may be tried again, throttled, or unknown. An adapter never retries by itself: the runner does, and says so in the row.
 */
import type { DnsObservation } from '../core/configuration/dnsObservation.ts';
import type { SendAnswer } from '../core/job/outcome.ts';
import type { ListedSuppression } from '../core/job/suppressionSweep.ts';

export type ProviderServer = { serverId: number; name: string; tokens: readonly string[] };

/** Postmark's Servers API, with the account token. */
export interface ServerDirectory {
  /** Refused with code 603 when the name exists, 614 when the plan is full. */
  createServer(name: string): Promise<ProviderServer>;
  /** By exact name; null when there is none. */
  findServerByName(name: string): Promise<ProviderServer | null>;
  findServersByPrefix(prefix: string): Promise<ProviderServer[]>;
  renameServer(serverId: number, name: string): Promise<void>;
  /** Refused with code 604 when the account may not delete servers. Absent already: `absent`. */
  deleteServer(serverId: number): Promise<'deleted' | 'absent'>;
  /** One page of at most 500. */
  listServers(offset: number): Promise<{ total: number; servers: ProviderServer[] }>;
}

/** As it is listed; its tokens are left behind in the adapter. */
export type ListedServer = { serverId: number; name: string; deliveryType: string };

/** Postmark's servers as a whole, with the account token. */
export interface ServerInventory {
  /** One page of at most 500, in no order that is documented. */
  listServers(offset: number): Promise<{ total: number; servers: ListedServer[] }>;
  /** Null when there is none. */
  findServer(serverId: number): Promise<(ProviderServer & ListedServer) | null>;
}

export type ProviderDomain = {
  domainId: number;
  name: string;
  /** From the current pair, or the pending pair before the first verification. */
  dkim: { host: string; value: string };
  returnPath: { host: string; value: string };
  dkimVerified: boolean;
  returnPathVerified: boolean;
};

export type ProviderDomainFlags = { domainId: number; name: string; dkimVerified: boolean; returnPathVerified: boolean };

/** Postmark's Domains API, with the account token. */
export interface DomainDirectory {
  /** Refused with code 512 when the domain exists. */
  createDomain(name: string, returnPathDomain: string): Promise<ProviderDomain>;
  findDomainByName(name: string): Promise<ProviderDomain | null>;
  verifyDkim(domainId: number): Promise<ProviderDomain>;
  verifyReturnPath(domainId: number): Promise<ProviderDomain>;
  deleteDomain(domainId: number): Promise<'deleted' | 'absent'>;
  /** One page of at most 500, flags only. */
  listDomains(offset: number): Promise<{ total: number; domains: ProviderDomainFlags[] }>;
}

export type WebhookHeaders = { authorization: string; signature: string };
export type ProviderWebhook = {
  webhookId: number;
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Events that feed back and are not sent. */
  triggersOff: readonly string[];
  /** An unverified webhook is sent nothing. */
  verified: boolean;
};

/** Postmark's Webhooks API, with the token of one server. All triggers that feed back are on. */
export interface WebhookDirectory {
  listWebhooks(serverToken: string): Promise<ProviderWebhook[]>;
  createWebhook(serverToken: string, url: string, headers: WebhookHeaders): Promise<ProviderWebhook>;
  updateWebhook(serverToken: string, webhookId: number, url: string, headers: WebhookHeaders): Promise<ProviderWebhook>;
  deleteWebhook(serverToken: string, webhookId: number): Promise<'deleted' | 'absent'>;
}

export type OutgoingMessage = {
  from: string;
  to: string;
  replyTo: string | null;
  subject: string;
  htmlBody: string | null;
  textBody: string | null;
  tag: string | null;
  /** `jobId` and `requestId` are added by the sender. */
  metadata: Readonly<Record<string, string>>;
  attachments: readonly { filename: string; contentType: string; contentBase64: string }[];
};

/** `startBy`: a moment of `performance.now()`. */
export type SendTerms = { abort: AbortSignal; startBy: number };

/** Postmark's e-mail, message-search and suppression endpoints, with the token of one server. */
export interface MailTransport {
  /**
   * One message goes to `/email`, more to `/email/batch`. Answers one entry per message, in order, and never throws: a call that got no
   * usable answer is `noAnswer` for every message. `abort` aborts the call in flight (force-lock); an aborted call is `noAnswer` too. A call that
   * could not begin by `startBy` is not made, and says so: whoever waited that long for its turn may no longer be the one to make it.
   */
  send(serverToken: string, messages: readonly OutgoingMessage[], terms: SendTerms): Promise<SendAnswer[]>;
  /** The message that carries `Metadata.jobId = jobId`, as Postmark's search shows it now; null when it shows none. */
  findByJobId(serverToken: string, jobId: string): Promise<{ messageId: string; receivedAt: Date } | null>;
  suppress(serverToken: string, recipients: readonly string[]): Promise<void>;
  /** Recipients that Postmark refused to release (complaints), with its reason. */
  release(serverToken: string, recipients: readonly string[]): Promise<{ recipient: string; reason: string }[]>;
  /** The server's whole list as it is shown now; recipients canonical. It may lag behind what was just changed. */
  listSuppressions(serverToken: string): Promise<ListedSuppression[]>;
}

export type ZoneRecord = { name: string; type: 'TXT' | 'CNAME'; ttl: number; values: readonly string[] };
export type ZoneChange = { action: 'UPSERT' | 'DELETE'; record: ZoneRecord };

/** Route 53, one hosted zone. Values are plain text: quoting, chunking and octal escapes are the adapter's business. */
export interface ZoneWriter {
  /** All or nothing. Answers the change's id, to be asked about until it is in sync. Refused with code `InvalidChangeBatch`. */
  change(zoneId: string, changes: readonly ZoneChange[]): Promise<{ changeId: string }>;
  changeStatus(changeId: string): Promise<'PENDING' | 'INSYNC'>;
  /** One page of at most 300, starting at a name and type; `next` is null on the last page. */
  listRecords(
    zoneId: string,
    from: { name: string; type: string } | null,
  ): Promise<{ records: ZoneRecord[]; next: { name: string; type: string } | null }>;
  /** Names of the zone's authoritative servers. */
  nameServers(zoneId: string): Promise<string[]>;
}

/** DNS, asked at the authoritative servers of our own zone: no cache between us and the truth. */
export interface RecordProbe {
  txt(name: string): Promise<DnsObservation>;
  cname(name: string): Promise<DnsObservation>;
}

/** KMS. The context is authenticated: the same one must be given to unwrap. */
export interface KeyWrapper {
  generateDataKey(kmsKeyArn: string, context: Readonly<Record<string, string>>): Promise<{ plaintext: Buffer; wrapped: Buffer }>;
  unwrap(kmsKeyArn: string, wrapped: Buffer, context: Readonly<Record<string, string>>): Promise<Buffer>;
}

/** The material registry's document, for whoever changes it. */
export interface RegistryDocument {
  /** What it is called in messages: a file, a secret. */
  readonly name: string;
  /** `text` null: there is none yet. `version` names what was read, for `write`. */
  read(): Promise<{ text: string | null; version: string | null }>;
  /** Only over the version that was read. */
  write(text: string, expected: string | null): Promise<{ kind: 'written' } | { kind: 'changed'; why: string }>;
  close(): void;
}

export type Incident = {
  message: string;
  level: 'error' | 'warning' | 'info';
  fingerprint: readonly string[];
  tags: Readonly<Record<string, string>>;
  context: Readonly<Record<string, string | number | null>>;
};

/** Sentry. Reporting never fails and never blocks. */
export interface IncidentReporter {
  report(incident: Incident): void;
  /** The same, for what must not get lost: whether Sentry took it. */
  deliver(incident: Incident): Promise<'delivered' | 'undelivered'>;
  flush(timeoutMs: number): Promise<void>;
}

/** When this process can next do something by itself, in domain time; null when nothing is waiting. */
export type NextDue = {
  /** Something that must happen at that moment: a ladder's rung, a deadline, a grace period. */
  exact: Date | null;
  /** Something that is repeated, where one look later replaces several missed ones: a verification poll, a tick. */
  poll: Date | null;
};

/**
 * Domain time. In production the system's clock; beside a sandbox, its virtual clock.
 * `follow` is told of each step of an advance: `settle` does what has fallen due and answers what is due next.
 */
export interface DomainClock {
  now(): Date;
  follow(settle: () => Promise<NextDue>): void;
  close(): Promise<void>;
}

export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';
/** Ids and words, never a recipient, a token or a path. */
export type SpanFacts = Readonly<Record<string, string | number | boolean>>;
/** `parent`: a W3C trace context, `00-{trace}-{span}-{flags}`; null begins a trace of its own. */
export type SpanOpening = { name: string; kind: SpanKind; parent: string | null };

export interface Span {
  /** For what follows from it, in this process or another; null when it is not recorded. */
  readonly traceParent: string | null;
  end(facts: SpanFacts, failure: string | null): void;
}

/** Traces. Recording never fails and never blocks. */
export interface Tracer {
  begin(opening: SpanOpening, facts: SpanFacts): Span;
  /** A span that ends now and took `seconds`; `failure` is why it failed, in one word. Without a parent that is recorded, nothing is. */
  record(opening: SpanOpening & { seconds: number }, facts: SpanFacts, failure: string | null): void;
}
