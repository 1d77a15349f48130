import type { Json } from '../../world/world.ts';
import { addressFault } from '../email/address.ts';
import { account, bodyObject, type Call, numberAt, type Route } from '../rim/call.ts';
import { flagIn, type JsonObject, objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { DataRemoval } from './dataRemovalStore.ts';
import { scheduleRemoval } from './eraseRecipient.ts';

const shown = ({ id, status }: DataRemoval): Json => ({ ID: id, Status: status });

function checkAllowed({ postmark: { settings } }: Call): void {
  if (!settings.dataRemovals.value) throw new Refusal(1302);
}

function addressIn(body: JsonObject, field: string): string {
  const address = (textIn(body, field) ?? '').trim();
  if (addressFault(field, address) !== null) throw new Refusal(1300, `'${field}' must be an e-mail address, not '${address}'.`);
  return address;
}

function create(call: Call): Json {
  checkAllowed(call);
  const body = objectOf(bodyObject(call, 1300), ['RequestedBy', 'RequestedFor', 'NotifyWhenCompleted']);
  const dataRemoval: DataRemoval = {
    id: call.postmark.dataRemovals.takeId(),
    requestedBy: addressIn(body, 'RequestedBy'),
    requestedFor: addressIn(body, 'RequestedFor'),
    notify: flagIn(body, 'NotifyWhenCompleted') ?? false,
    status: 'Pending',
  };
  call.postmark.dataRemovals.add(dataRemoval);
  scheduleRemoval(call.postmark, dataRemoval);
  call.postmark.world.touched();
  return shown(dataRemoval);
}

function single(call: Call): Json {
  checkAllowed(call);
  const dataRemoval = call.postmark.dataRemovals.byId(numberAt(call));
  if (dataRemoval === undefined) throw new Refusal(1301);
  return shown(dataRemoval);
}

export const dataRemovalRoutes: readonly Route[] = [
  account('POST', '/data-removals', create),
  account('GET', '/data-removals/{id}', single),
];
