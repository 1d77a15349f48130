/** Operations that manage keys. */
import { z } from 'zod';
import { accountId } from '../world/awsAccount.ts';
import type { Json } from '../world/world.ts';
import { type KmsContext, type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { arnOf, type KmsKey } from './kmsKeys.ts';

const secondMs = 1000;
const dayMs = 86_400_000;
/** Days; the API's bounds and default of the waiting period before a key is gone. */
const waitingDays = { least: 7, most: 30 };
const listMax = 1000;

const keyReference = z.object({ KeyId: z.string().min(1).max(2048) });

function metadata(key: KmsKey): Json {
  return {
    AWSAccountId: accountId,
    KeyId: key.id,
    Arn: arnOf(key.id),
    CreationDate: key.createdAt / secondMs,
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: key.state,
    ...(key.deletionAt === null ? {} : { DeletionDate: key.deletionAt / secondMs }),
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  };
}

const createInput = z.object({
  Description: z.string().max(8192).default(''),
  KeySpec: z.literal('SYMMETRIC_DEFAULT', 'the sandbox makes symmetric keys only').optional(),
  KeyUsage: z.literal('ENCRYPT_DECRYPT', 'the sandbox makes keys for ENCRYPT_DECRYPT only').optional(),
});

const createKey = operation(createInput, (context, input) => {
  const key = context.keys.add(context.random.uuid(), input.Description, []);
  return { KeyMetadata: metadata(key) };
});

const describeKey = operation(keyReference, (context, input) => ({ KeyMetadata: metadata(context.keys.find(input.KeyId)) }));

const listInput = z.object({ Limit: z.number().int().min(1).max(listMax).default(100), Marker: z.string().optional() });

const listKeys = operation(listInput, (context, input) => {
  const keys = context.keys.all();
  const start = input.Marker === undefined ? 0 : keys.findIndex((key) => key.id === input.Marker);
  if (start === -1) throw new KmsError('ValidationException', `Marker '${input.Marker ?? ''}' is not valid`);
  const next = keys[start + input.Limit];
  const shown = keys.slice(start, start + input.Limit).map((key) => ({ KeyId: key.id, KeyArn: arnOf(key.id) }));
  return { Keys: shown, Truncated: next !== undefined, ...(next === undefined ? {} : { NextMarker: next.id }) };
});

/** A key that waits for its deletion can be looked at and rescued, nothing else. */
function changeable(context: KmsContext, reference: string): KmsKey {
  const key = context.keys.find(reference);
  if (key.state === 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${arnOf(key.id)} is pending deletion.`);
  return key;
}

const enableKey = operation(keyReference, (context, input) => {
  changeable(context, input.KeyId).state = 'Enabled';
  return null;
});

const disableKey = operation(keyReference, (context, input) => {
  changeable(context, input.KeyId).state = 'Disabled';
  return null;
});

const scheduleInput = keyReference.extend({
  PendingWindowInDays: z.number().int().min(waitingDays.least).max(waitingDays.most).default(waitingDays.most),
});

const scheduleKeyDeletion = operation(scheduleInput, (context, input) => {
  const key = changeable(context, input.KeyId);
  key.state = 'PendingDeletion';
  key.deletionAt = context.clock.now() + input.PendingWindowInDays * dayMs;
  return {
    KeyId: arnOf(key.id),
    DeletionDate: key.deletionAt / secondMs,
    KeyState: key.state,
    PendingWindowInDays: input.PendingWindowInDays,
  };
});

const cancelKeyDeletion = operation(keyReference, (context, input) => {
  const key = context.keys.find(input.KeyId);
  if (key.state !== 'PendingDeletion') throw new KmsError('KMSInvalidStateException', `${arnOf(key.id)} is not pending deletion.`);
  key.state = 'Disabled';
  key.deletionAt = null;
  return { KeyId: arnOf(key.id) };
});

export const keyOperations: Readonly<Record<string, KmsOperation>> = {
  CreateKey: createKey,
  DescribeKey: describeKey,
  ListKeys: listKeys,
  EnableKey: enableKey,
  DisableKey: disableKey,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
