/**
 * The hook URLs of a server object, from before there were webhooks: they show the default stream's webhooks, and setting one changes them.
 *
 * Guarantee: after any change through either door, both say the same. A trigger has at most one URL in the server object; when several webhooks
 * of the stream listen to it, the oldest is shown.
 */
import type { Postmark } from '../postmark.ts';
import type { Server } from '../servers/server.ts';
import { noTriggers, recordTypes, type Webhook } from './webhook.ts';

const defaultStream = 'outbound';

const hooks = [
  { field: 'BounceHookUrl', trigger: 'Bounce' },
  { field: 'OpenHookUrl', trigger: 'Open' },
  { field: 'DeliveryHookUrl', trigger: 'Delivery' },
  { field: 'ClickHookUrl', trigger: 'Click' },
] as const;

type Trigger = (typeof hooks)[number]['trigger'];

const ofStream = ({ webhooks }: Postmark, serverId: number): Webhook[] =>
  webhooks.ofServer(serverId).filter(({ stream }) => stream === defaultStream);

const listeners = (postmark: Postmark, serverId: number, trigger: Trigger): Webhook[] =>
  ofStream(postmark, serverId).filter(({ triggers }) => triggers[trigger].Enabled);

/** A webhook that listens to nothing any more goes. */
function silence(postmark: Postmark, webhook: Webhook, trigger: Trigger): void {
  webhook.triggers[trigger].Enabled = false;
  if (!recordTypes.some((recordType) => webhook.triggers[recordType].Enabled)) postmark.webhooks.remove(webhook);
}

/** Takes over what the server object says of content and first opens. */
function newWebhook(postmark: Postmark, { ID, IncludeBounceContentInHook, PostFirstOpenOnly }: Server, url: string): Webhook {
  const triggers = noTriggers();
  triggers.Bounce.IncludeContent = IncludeBounceContentInHook;
  triggers.Open.PostFirstOpenOnly = PostFirstOpenOnly;
  const webhook: Webhook = {
    ...{ id: postmark.webhooks.takeId(), serverId: ID, url, stream: defaultStream, auth: null, headers: [], triggers },
    ...{ status: 'verified', paused: [], lost: {} },
  };
  postmark.webhooks.add(webhook);
  return webhook;
}

function point(postmark: Postmark, server: Server, trigger: Trigger, url: string): void {
  const known = listeners(postmark, server.ID, trigger);
  if (url !== '' && known[0]?.url === url) return;
  const target =
    url === '' ? null : (ofStream(postmark, server.ID).find((webhook) => webhook.url === url) ?? newWebhook(postmark, server, url));
  for (const webhook of known) if (webhook !== target) silence(postmark, webhook, trigger);
  if (target !== null) target.triggers[trigger].Enabled = true;
}

/** What an edit of a server says of its hooks is done to the default stream's webhooks. */
export function alterHooks(postmark: Postmark, server: Server, edited: Partial<Server>): void {
  for (const { field, trigger } of hooks) {
    const url = edited[field];
    if (url !== undefined) point(postmark, server, trigger, url);
  }
  for (const { triggers } of ofStream(postmark, server.ID)) {
    triggers.Bounce.IncludeContent = edited.IncludeBounceContentInHook ?? triggers.Bounce.IncludeContent;
    triggers.Open.PostFirstOpenOnly = edited.PostFirstOpenOnly ?? triggers.Open.PostFirstOpenOnly;
  }
  reflectHooks(postmark, server.ID);
}

/** Called after every change of a server's webhooks. */
export function reflectHooks(postmark: Postmark, serverId: number): void {
  const server = postmark.servers.byId(serverId)?.server;
  if (server === undefined) return;
  for (const { field, trigger } of hooks) server[field] = listeners(postmark, serverId, trigger)[0]?.url ?? '';
  const bounce = listeners(postmark, serverId, 'Bounce')[0];
  const open = listeners(postmark, serverId, 'Open')[0];
  server.IncludeBounceContentInHook = bounce?.triggers.Bounce.IncludeContent ?? server.IncludeBounceContentInHook;
  server.PostFirstOpenOnly = open?.triggers.Open.PostFirstOpenOnly ?? server.PostFirstOpenOnly;
}
