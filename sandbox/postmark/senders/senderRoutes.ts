import type { Json } from '../../world/world.ts';
import { changeReturnPath, checkOwner, checkReturnPath, createDomain, rotateDkim } from '../domains/createDomain.ts';
import type { Domain } from '../domains/domain.ts';
import { domainView } from '../domains/domainRoutes.ts';
import type { Postmark } from '../postmark.ts';
import { account, bodyObject, type Call, numberAt, type Route } from '../rim/call.ts';
import type { JsonObject } from '../rim/jsonBody.ts';
import { pageOf, slicePage } from '../rim/query.ts';
import { Refusal } from '../rim/refusal.ts';
import { listedSender, type Sender, shownSender } from './sender.ts';
import { editedSenderIn, newSenderIn } from './senderInput.ts';

type Found = { sender: Sender; domain: Domain };

function withDomain({ domains }: Postmark, sender: Sender | undefined): Found[] {
  const domain = sender === undefined ? undefined : domains.byId(sender.domainId);
  return sender === undefined || domain === undefined ? [] : [{ sender, domain }];
}

function found(call: Call): Found {
  const [pair] = withDomain(call.postmark, call.postmark.senders.byId(numberAt(call)));
  if (pair === undefined) throw new Refusal(501);
  return pair;
}

const shown = (call: Call, { sender, domain }: Found): Json => shownSender(sender, domain, domainView(call.postmark));

function list(call: Call): Json {
  const page = pageOf(call.query, 500);
  const all = call.postmark.senders.all().flatMap((sender) => withDomain(call.postmark, sender));
  return { TotalCount: all.length, SenderSignatures: slicePage(all, page).map(({ sender, domain }) => listedSender(sender, domain)) };
}

/** Its domain comes into being with it, unless the account has it already; the signature waits for its owner's click. */
async function create(call: Call, body: JsonObject): Promise<Json> {
  const { postmark } = call;
  const input = newSenderIn(body, postmark.settings.senderNameRequired.value);
  checkOwner(postmark, input.domain, 507);
  const returnPathDomain = input.returnPathDomain ?? '';
  await checkReturnPath(postmark, returnPathDomain);
  if (postmark.senders.byEmail(input.email) !== undefined) throw new Refusal(504);
  const known = postmark.domains.byName(input.domain);
  const domain = known ?? createDomain(postmark, input.domain, returnPathDomain);
  if (known !== undefined && returnPathDomain !== '') changeReturnPath(postmark, known, returnPathDomain);
  const sender: Sender = {
    id: postmark.senders.takeId(),
    domainId: domain.id,
    email: input.email,
    name: input.name ?? '',
    replyTo: input.replyTo ?? '',
    note: input.note ?? '',
    confirmed: false,
    confirmationsSent: 1,
  };
  postmark.senders.add(sender);
  postmark.world.touched();
  return shown(call, { sender, domain });
}

async function edit(call: Call): Promise<Json> {
  const { domain, sender } = found(call);
  const input = editedSenderIn(bodyObject(call, 502), domain.name);
  await checkReturnPath(call.postmark, input.returnPathDomain ?? '');
  if (input.returnPathDomain !== null) changeReturnPath(call.postmark, domain, input.returnPathDomain);
  sender.name = input.name ?? sender.name;
  sender.replyTo = input.replyTo ?? sender.replyTo;
  sender.note = input.note ?? sender.note;
  call.postmark.world.touched();
  return shown(call, { sender, domain });
}

function remove(call: Call): Json {
  const { sender } = found(call);
  call.postmark.senders.remove(sender);
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Signature ${sender.email} removed.` };
}

function resend(call: Call): Json {
  const { sender } = found(call);
  if (sender.confirmed) throw new Refusal(506);
  sender.confirmationsSent += 1;
  call.postmark.world.touched();
  return { ErrorCode: 0, Message: `Confirmation email for Sender Signature ${sender.email} was re-sent.` };
}

function requestNewDkim(call: Call): Json {
  const pair = found(call);
  rotateDkim(call.postmark, pair.domain);
  return shown(call, pair);
}

export const senderRoutes: readonly Route[] = [
  account('GET', '/senders', list),
  account('POST', '/senders', (call) => create(call, bodyObject(call, 520))),
  account('GET', '/senders/{id}', (call) => shown(call, found(call))),
  account('PUT', '/senders/{id}', edit),
  account('DELETE', '/senders/{id}', remove),
  account('POST', '/senders/{id}/resend', resend),
  account('POST', '/senders/{id}/verifyspf', (call) => shown(call, found(call))),
  account('POST', '/senders/{id}/requestnewdkim', requestNewDkim),
];
