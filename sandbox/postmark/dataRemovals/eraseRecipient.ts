/**
 * What a data removal does, once its time has come: messages to the recipient, their bounces, opens and clicks go, on every server of the account, since
 * the API knows no narrower scope. Suppressions stay: forgetting one would mail again whoever asked not to be mailed.
 */
import type { Json } from '../../world/world.ts';
import { hasRecipient } from '../messages/message.ts';
import type { Postmark } from '../postmark.ts';
import type { DataRemoval } from './dataRemovalStore.ts';

const agendaKind = 'postmark.dataRemoval';

export function scheduleRemoval({ settings, world }: Postmark, { id }: DataRemoval): void {
  world.clock.schedule(world.clock.now() + settings.dataRemovalMs.value, agendaKind, id);
}

function erase({ bounces, messages, readings, servers }: Postmark, email: string): void {
  for (const message of messages.all()) if (hasRecipient(message, email)) messages.remove(message);
  for (const { server } of servers.all()) {
    bounces.forget(server.ID, email);
    readings.forget(server.ID, email);
  }
}

export function registerRemovals(postmark: Postmark): void {
  postmark.world.clock.on(agendaKind, (payload: Json) => {
    const dataRemoval = postmark.dataRemovals.byId(Number(payload));
    if (dataRemoval === undefined || dataRemoval.status === 'Done') return;
    erase(postmark, dataRemoval.requestedFor);
    dataRemoval.status = 'Done';
    postmark.world.touched();
  });
}
