import type { Instant, Json, WorldRandom } from '../../world/world.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';

/** The server object as the API shows it; stored in the same shape. */
export type Server = {
  ID: number;
  Name: string;
  ApiTokens: string[];
  ServerLink: string;
  Color: string;
  SmtpApiActivated: boolean;
  RawEmailEnabled: boolean;
  DeliveryType: string;
  InboundAddress: string;
  InboundHash: string;
  InboundHookUrl: string;
  BounceHookUrl: string;
  OpenHookUrl: string;
  DeliveryHookUrl: string;
  ClickHookUrl: string;
  PostFirstOpenOnly: boolean;
  InboundDomain: string;
  InboundSpamThreshold: number;
  TrackOpens: boolean;
  TrackLinks: string;
  IncludeBounceContentInHook: boolean;
  EnableSmtpApiErrorHooks: boolean;
};

export type MessageStream = {
  ID: string;
  ServerID: number;
  Name: string;
  Description: string;
  MessageStreamType: 'Transactional' | 'Inbound' | 'Broadcasts';
  CreatedAt: string;
  UpdatedAt: string | null;
  ArchivedAt: string | null;
  ExpectedPurgeDate: string | null;
  SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'None' | 'Postmark' | 'Custom' };
};

export type ServerRecord = { server: Server; streams: MessageStream[] };

export function newServer(id: number, name: string, random: WorldRandom): Server {
  const inboundHash = random.bytes(16).toString('hex');
  return {
    ID: id,
    Name: name,
    ApiTokens: [random.uuid()],
    ServerLink: `https://postmarkapp.com/servers/${id}/streams`,
    Color: 'blue',
    SmtpApiActivated: true,
    RawEmailEnabled: false,
    DeliveryType: 'Live',
    InboundAddress: `${inboundHash}@inbound.postmarkapp.com`,
    InboundHash: inboundHash,
    InboundHookUrl: '',
    BounceHookUrl: '',
    OpenHookUrl: '',
    DeliveryHookUrl: '',
    ClickHookUrl: '',
    PostFirstOpenOnly: false,
    InboundDomain: '',
    InboundSpamThreshold: 0,
    TrackOpens: false,
    TrackLinks: 'None',
    IncludeBounceContentInHook: false,
    EnableSmtpApiErrorHooks: false,
  };
}

/** The three streams that every server is born with. */
export function defaultStreams(serverId: number, at: Instant): MessageStream[] {
  const stream = (
    ID: string,
    Name: string,
    MessageStreamType: MessageStream['MessageStreamType'],
    handling: 'None' | 'Postmark',
  ): MessageStream => ({
    ID,
    ServerID: serverId,
    Name,
    Description: '',
    MessageStreamType,
    CreatedAt: postmarkDate(at),
    UpdatedAt: null,
    ArchivedAt: null,
    ExpectedPurgeDate: null,
    SubscriptionManagementConfiguration: { UnsubscribeHandlingType: handling },
  });
  return [
    stream('outbound', 'Default Transactional Stream', 'Transactional', 'None'),
    stream('inbound', 'Default Inbound Stream', 'Inbound', 'None'),
    stream('broadcast', 'Default Broadcast Stream', 'Broadcasts', 'Postmark'),
  ];
}

export const asJson = (server: Server): Json => ({ ...server, ApiTokens: [...server.ApiTokens] });
