/** The sandbox's control API: the outside world as seen and steered from behind. Answers other than 200 are thrown with what they said. */

export type Webhook = { ID: number; Url: string; HttpHeaders: { Name: string; Value: string }[]; MessageStream: string };

export type ProviderServer = {
  ID: number;
  Name: string;
  ApiTokens: string[];
  webhooks: Webhook[];
  suppressions: { EmailAddress: string; SuppressionReason: string }[];
};

export type ProviderDomain = { ID: number; Name: string; DKIMVerified: boolean; ReturnPathDomainVerified: boolean };

export type ZoneRecord = { Name: string; Type: string; TTL: number; Values: string[] };

export type Calls = Record<'postmark' | 'route53' | 'kms' | 'dns' | 'webhook', Record<string, number>>;

export type OutsideWorld = {
  now: string;
  postmark: { accountTokens: string[]; servers: ProviderServer[]; domains: ProviderDomain[] };
  route53: { zones: { Id: string; Name: string; records: ZoneRecord[] }[] };
  calls: Calls;
};

export type Mail = { MessageID: string; ServerID: number; From: string; To: string; Subject: string; Metadata: Record<string, string> };

export type Fault = {
  service: keyof Calls;
  operation?: string;
  kind: 'status' | 'timeout-before' | 'timeout-after' | 'cut' | 'throttle' | 'slow' | 'duplicate' | 'drop' | 'reorder';
  times?: number;
  probability?: number;
  status?: number;
  errorCode?: number | string;
  delayMs?: number;
  server?: number;
};

export type MailEvent = { messageId: string; type: string; bounceType?: string; at?: string };

export type SentryEvent = { message?: string; tags?: Record<string, string>; environment?: string; fingerprint?: string[] };

export type Control = {
  state(): Promise<OutsideWorld>;
  /** Domain time. */
  now(): Promise<Date>;
  mail(filter?: { to?: string; jobId?: string }): Promise<Mail[]>;
  sentry(): Promise<SentryEvent[]>;
  advance(seconds: number): Promise<{ now: string; steps: number }>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  settings(changes: Record<string, boolean | number | string>): Promise<void>;
  event(event: MailEvent): Promise<void>;
  /** A server made by hand; answers its id. */
  server(name: string): Promise<number>;
  record(edit: { action: 'UPSERT' | 'DELETE'; name: string; type: string; values?: string[]; ttl?: number }): Promise<void>;
};

export function controlOf(url: string): Control {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}${path}`, { method, ...json });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  const post = async (path: string, body: unknown): Promise<void> => {
    await call('POST', path, body);
  };
  const state = (): Promise<OutsideWorld> => call('GET', '/state');
  return {
    state,
    now: async () => new Date((await call<{ now: string }>('GET', '/clock')).now),
    mail: async (filter = {}) => (await call<{ items: Mail[] }>('GET', `/mail?${new URLSearchParams(filter)}`)).items,
    sentry: async () => (await call<{ events: SentryEvent[] }>('GET', '/sentry')).events,
    advance: (seconds) => call('POST', '/clock/advance', { seconds }),
    fault: (fault) => post('/fault', fault),
    clearFaults: async () => {
      await call('DELETE', '/fault');
    },
    settings: (changes) => post('/settings', changes),
    event: (event) => post('/postmark/event', event),
    server: async (name) => {
      await post('/postmark/server', { name });
      const made = (await state()).postmark.servers.find((server) => server.Name === name);
      if (made === undefined) throw new Error(`the server ${name} that was made by hand is not shown`);
      return made.ID;
    },
    record: (edit) => post('/route53/record', edit),
  };
}
