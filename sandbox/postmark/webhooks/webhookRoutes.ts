import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { bodyObject, type Call, numberAt, type Route, server } from '../rim/call.ts';
import { Refusal } from '../rim/refusal.ts';
import type { MessageStream, ServerRecord } from '../servers/server.ts';
import { checkStillThere } from '../servers/stillThere.ts';
import { streamOf } from '../streams/messageStreams.ts';
import { probeWebhook, shownVerification } from './probe.ts';
import { reflectHooks } from './serverHooks.ts';
import { noTriggers, recordTypes, shownWebhook, type Triggers, type Webhook } from './webhook.ts';
import { mergedTriggers, type WebhookInput, webhookIn } from './webhookInput.ts';
import { webhookStatistics } from './webhookStatistics.ts';

function found(call: Call, record: ServerRecord): Webhook {
  const webhook = call.postmark.webhooks.byId(record.server.ID, numberAt(call));
  if (webhook === undefined) throw new Refusal(1352);
  return webhook;
}

/** By its state, which the error list speaks of and the page does not. */
function wantedStatus(call: Call): Webhook['status'] | null {
  const text = call.query.text('status')?.toLowerCase() ?? null;
  if (text === null || text === 'verified' || text === 'unverified') return text;
  throw new Refusal(1362);
}

function list(call: Call, record: ServerRecord): Json {
  const status = wantedStatus(call);
  const stream = call.query.text('MessageStream')?.toLowerCase() ?? null;
  if (stream !== null && streamOf(record, stream) === undefined) throw new Refusal(1226);
  const webhooks = call.postmark.webhooks
    .ofServer(record.server.ID)
    .filter((webhook) => (stream === null || webhook.stream === stream) && (status === null || webhook.status === status));
  return { Webhooks: webhooks.map(shownWebhook) };
}

function inputOf(call: Call): WebhookInput {
  return webhookIn(bodyObject(call, 1355), call.postmark.settings.loopbackHooks.value);
}

/**
 * What `Verify` asks for: absent is a switch, since the documentation and the official client disagree. `isNew`: there is
 * something to verify that was not before. Throws 1364 when a probe fails.
 */
async function statusAfter(call: Call, webhook: Webhook, verify: boolean | null, isNew: boolean): Promise<Webhook['status']> {
  const inQuery = call.query.text('verify')?.toLowerCase();
  const asked =
    verify ??
    (inQuery === undefined ? null : inQuery !== 'false') ??
    (isNew && call.postmark.settings.webhookVerifyAbsent.value === 'strict' ? true : null);
  if (asked === null) return webhook.status;
  if (!asked) return 'unverified';
  const verification = await probeWebhook(call.postmark, webhook);
  if (!verification.Success) throw new Refusal(1364, verification.Message, { extra: shownVerification(verification) });
  return 'verified';
}

function streamFor(record: ServerRecord, name: string): MessageStream {
  const stream = streamOf(record, name);
  if (stream === undefined) throw new Refusal(1226);
  if (stream.MessageStreamType === 'Inbound') throw new Refusal(1351);
  if (stream.ArchivedAt !== null) throw new Refusal(1350);
  return stream;
}

/** Pairs of a kind of stream and a trigger, by the switch: no page says which there are. */
function checkSupported({ settings }: Postmark, stream: MessageStream | undefined, triggers: Triggers): void {
  const refused = settings.unsupportedTriggers.value.map((pair) => pair.toLowerCase());
  const isRefused = (trigger: keyof Triggers) => refused.includes(`${stream?.MessageStreamType}:${trigger}`.toLowerCase());
  if (recordTypes.some((trigger) => triggers[trigger].Enabled && isRefused(trigger))) throw new Refusal(1353);
}

async function create(call: Call, record: ServerRecord): Promise<Json> {
  const { webhooks, settings, world } = call.postmark;
  const input = inputOf(call);
  if (input.id !== null) throw new Refusal(1356);
  if (input.url === undefined) throw new Refusal(1354);
  const stream = streamFor(record, input.stream ?? 'outbound');
  const triggers = mergedTriggers(noTriggers(), input.triggers);
  checkSupported(call.postmark, stream, triggers);
  const full = () =>
    webhooks.ofServer(record.server.ID).filter((webhook) => webhook.stream === stream.ID).length >= settings.webhooksPerStream.value;
  if (full()) throw new Refusal(1359);
  const webhook: Webhook = {
    id: 0,
    serverId: record.server.ID,
    url: input.url,
    stream: stream.ID,
    auth: input.auth ?? null,
    headers: input.headers ?? [],
    triggers,
    ...{ status: 'verified', paused: [], lost: {} },
  };
  webhook.status = await statusAfter(call, webhook, input.verify, true);
  checkStillThere(call.postmark, record);
  streamFor(record, stream.ID);
  if (full()) throw new Refusal(1359);
  webhook.id = webhooks.takeId();
  webhooks.add(webhook);
  reflectHooks(call.postmark, record.server.ID);
  world.touched();
  return shownWebhook(webhook);
}

/** By itself Postmark asks again when the address is another, or more is to be told. */
const needsProbe = (before: Webhook, after: Webhook): boolean =>
  before.url !== after.url || recordTypes.some((trigger) => after.triggers[trigger].Enabled && !before.triggers[trigger].Enabled);

/** Nothing is saved when the verification that was asked for fails. An edit ends every pause: its owner has seen to it. */
async function edit(call: Call, record: ServerRecord): Promise<Json> {
  const webhook = found(call, record);
  const input = inputOf(call);
  if (input.id !== null && input.id !== webhook.id) throw new Refusal(1357);
  if (input.stream !== null && input.stream.toLowerCase() !== webhook.stream) throw new Refusal(1357);
  const edited: Webhook = {
    ...webhook,
    ...(input.url === undefined ? {} : { url: input.url }),
    ...(input.auth === undefined ? {} : { auth: input.auth }),
    ...(input.headers === undefined ? {} : { headers: input.headers }),
    triggers: mergedTriggers(webhook.triggers, input.triggers),
    ...{ paused: [], lost: {} },
  };
  checkSupported(call.postmark, streamOf(record, webhook.stream), edited.triggers);
  edited.status = await statusAfter(call, edited, input.verify, needsProbe(webhook, edited));
  if (found(call, record) !== webhook) throw new Refusal(1352);
  Object.assign(webhook, edited);
  reflectHooks(call.postmark, record.server.ID);
  call.postmark.world.touched();
  return shownWebhook(webhook);
}

/** HTTP 200 also when the receiver failed: that is the answer. Kinds of event that were taken are no longer paused. */
async function verify(call: Call, record: ServerRecord): Promise<Json> {
  const webhook = found(call, record);
  const verification = await probeWebhook(call.postmark, webhook);
  webhook.status = verification.Success ? 'verified' : 'unverified';
  const taken = verification.Results.filter(({ Success }) => Success).map(({ TriggerType }) => TriggerType);
  webhook.paused = webhook.paused.filter((recordType) => !taken.includes(recordType));
  if (verification.Success) webhook.lost = {};
  call.postmark.world.touched();
  return shownVerification(verification);
}

function remove(call: Call, record: ServerRecord): Json {
  const webhook = found(call, record);
  call.postmark.webhooks.remove(webhook);
  call.postmark.webhookCalls.remove(webhook.id);
  reflectHooks(call.postmark, record.server.ID);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Webhook ${webhook.id} removed.` };
}

export const webhookRoutes: readonly Route[] = [
  server('GET', '/webhooks', list),
  server('POST', '/webhooks', create),
  server('GET', '/webhooks/{id}', (call, record) => shownWebhook(found(call, record))),
  server('PUT', '/webhooks/{id}', edit),
  server('DELETE', '/webhooks/{id}', remove),
  server('POST', '/webhooks/{id}/verify', verify),
  server('GET', '/webhooks/{id}/statistics', (call, record) => webhookStatistics(call.postmark, found(call, record))),
];
