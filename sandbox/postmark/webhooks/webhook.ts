import type { Json } from '../../world/world.ts';

export const recordTypes = ['Open', 'Click', 'Delivery', 'Bounce', 'SpamComplaint', 'SubscriptionChange'] as const;
export type RecordType = (typeof recordTypes)[number];

export type Triggers = {
  Open: { Enabled: boolean; PostFirstOpenOnly: boolean };
  Click: { Enabled: boolean };
  Delivery: { Enabled: boolean };
  Bounce: { Enabled: boolean; IncludeContent: boolean };
  SpamComplaint: { Enabled: boolean; IncludeContent: boolean };
  SubscriptionChange: { Enabled: boolean };
};

export type Webhook = {
  id: number;
  serverId: number;
  url: string;
  stream: string;
  auth: { Username: string; Password: string } | null;
  headers: { Name: string; Value: string }[];
  triggers: Triggers;
  /** An unverified webhook receives no events. */
  status: 'verified' | 'unverified';
  /** Kinds of event that are not sent, because too many of them were lost. */
  paused: RecordType[];
  /** Of each kind, how many were lost since the last that arrived. */
  lost: Partial<Record<RecordType, number>>;
};

export const noTriggers = (): Triggers => ({
  Open: { Enabled: false, PostFirstOpenOnly: false },
  Click: { Enabled: false },
  Delivery: { Enabled: false },
  Bounce: { Enabled: false, IncludeContent: false },
  SpamComplaint: { Enabled: false, IncludeContent: false },
  SubscriptionChange: { Enabled: false },
});

/** As `GET /state` shows it. */
export const plainWebhook = (webhook: Webhook): { [field: string]: Json } => ({
  ID: webhook.id,
  Url: webhook.url,
  HttpHeaders: webhook.headers,
  HttpAuth: webhook.auth,
  MessageStream: webhook.stream,
  Triggers: webhook.triggers,
});

/** As the API shows it: the password in clear, to any holder of the server token. */
export const shownWebhook = (webhook: Webhook): Json => ({ ...plainWebhook(webhook), Status: webhook.status });
