/**
 * Sends a bulk request at Postmark's own pace, chunk by chunk on the virtual clock.
 * A recipient who must not be mailed is passed over; a model that does not fit bounces as TemplateRenderingFailed; when sending has become
 * impossible altogether (the account, the sender, the stream), what is left is not sent and the request ends.
 */
import type { Instant, Json } from '../../world/world.ts';
import { acceptInput } from '../email/acceptEmail.ts';
import { senderIn } from '../email/address.ts';
import { checkSender, checkStanding, sendingStream } from '../email/sendingRules.ts';
import type { Postmark } from '../postmark.ts';
import { type JsonObject, listIn, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from '../servers/server.ts';
import { RenderFault } from '../templates/mustachio/render.ts';
import { rendered } from '../templates/renderTemplate.ts';
import { mergedMetadata } from './bulkInput.ts';
import type { BulkContent, BulkRequest, BulkStatus, BulkWork } from './bulkRequest.ts';

const agendaKind = 'postmark.bulk';

/** `from` is when the chunk before was due, not when it was done: a pace does not drift. */
export function scheduleChunk({ settings, world }: Postmark, bulk: BulkRequest, from: Instant): void {
  world.clock.schedule(from + settings.bulkChunkMs.value, agendaKind, bulk.id);
}

function renderedOr({ content, layout }: BulkWork, model: Json): { parts: BulkContent; failsToRender: boolean } {
  try {
    return { parts: rendered(content, layout, model), failsToRender: false };
  } catch (fault) {
    if (!(fault instanceof RenderFault)) throw fault;
    return { parts: content, failsToRender: true };
  }
}

/** Whether the message was taken. */
function sendOne(postmark: Postmark, record: ServerRecord, work: BulkWork, message: JsonObject): boolean {
  const { parts, failsToRender } = renderedOr(work, message['TemplateModel'] ?? {});
  const { TemplateModel: _model, ...recipients } = message;
  const input = {
    ...work.shared,
    ...recipients,
    Metadata: mergedMetadata(work.shared, message),
    Headers: [...(listIn(work.shared, 'Headers') ?? []), ...(listIn(message, 'Headers') ?? [])],
    Subject: parts.subject,
    HtmlBody: parts.htmlBody,
    TextBody: parts.textBody,
  };
  try {
    acceptInput(postmark, record, { input, failsToRender }, true);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return false;
  }
}

function canStillSend(postmark: Postmark, record: ServerRecord, { shared }: BulkWork): boolean {
  try {
    checkStanding(postmark);
    checkSender(postmark, senderIn(textIn(shared, 'From')).Email);
    sendingStream(record, textIn(shared, 'MessageStream') ?? '');
    return true;
  } catch (refusal) {
    if (refusal instanceof Refusal) return false;
    throw refusal;
  }
}

function end(bulk: BulkRequest, status: BulkStatus): void {
  bulk.status = status;
  bulk.work = null;
}

function sendChunk(postmark: Postmark, record: ServerRecord, bulk: BulkRequest, work: BulkWork, at: Instant): void {
  const chunk = work.messages.splice(0, Math.max(1, Math.floor(postmark.settings.bulkChunk.value)));
  bulk.failed += chunk.filter((message) => !sendOne(postmark, record, work, message)).length;
  bulk.done += chunk.length;
  bulk.status = 'Processing';
  if (work.messages.length === 0) end(bulk, 'Completed');
  else scheduleChunk(postmark, bulk, at);
}

function release(postmark: Postmark, bulk: BulkRequest, at: Instant): void {
  const record = postmark.servers.byId(bulk.serverId);
  const { work } = bulk;
  if (record === undefined || work === null) return;
  if (canStillSend(postmark, record, work)) sendChunk(postmark, record, bulk, work, at);
  else end(bulk, postmark.settings.bulkFailureStatus.value);
}

export function registerBulk(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, (payload: Json, at) => {
    const bulk = typeof payload === 'string' ? postmark.bulk.byId(payload) : undefined;
    if (bulk === undefined) return;
    release(postmark, bulk, at);
    postmark.world.touched();
  });
}
