/** Operations that manage keys. */
import { z } from 'zod';
import { accountId } from '../world/awsAccount.ts';
import type { Json } from '../world/world.ts';
import { keyMaterialId } from './ciphertextBlob.ts';
import { resumeRotation } from './keyRotation.ts';
import { type KmsContext, type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { arnOf, changeable, type KmsKey } from './kmsKeys.ts';
import { listPage } from './listPage.ts';

const secondMs = 1000;
const dayMs = 86_400_000;
/** Days; the API's bounds and default of the waiting period before a key is gone. */
const waitingDays = { least: 7, most: 30 };
const listMax = 1000;

const keyReference = z.object({ KeyId: z.string().min(1).max(2048) });

function metadata(context: KmsContext, key: KmsKey): Json {
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
    CurrentKeyMaterialId: keyMaterialId(context.seed, key.id, key.rotations.length),
  };
}

const createInput = z.object({
  Description: z.string().max(8192).default(''),
  KeySpec: z.literal('SYMMETRIC_DEFAULT', 'the sandbox makes symmetric keys only').optional(),
  KeyUsage: z.literal('ENCRYPT_DECRYPT', 'the sandbox makes keys for ENCRYPT_DECRYPT only').optional(),
});

const createKey = operation(createInput, (context, input) => {
  const key = context.keys.add(context.random.uuid(), input.Description, []);
  return { KeyMetadata: metadata(context, key) };
});

const describeKey = operation(keyReference, (context, input) => ({ KeyMetadata: metadata(context, context.keys.find(input.KeyId)) }));

const listInput = z.object({ Limit: z.number().int().min(1).max(listMax).default(100), Marker: z.string().optional() });

const listKeys = operation(listInput, (context, input) => {
  const { page, more } = listPage(context.keys.all(), (key) => key.id, input);
  return { Keys: page.map((key) => ({ KeyId: key.id, KeyArn: arnOf(key.id) })), ...more };
});

const enableKey = operation(keyReference, (context, input) => {
  const key = changeable(context.keys.findById(input.KeyId));
  key.state = 'Enabled';
  resumeRotation(key, context.clock.now());
  return null;
});

const disableKey = operation(keyReference, (context, input) => {
  changeable(context.keys.findById(input.KeyId)).state = 'Disabled';
  return null;
});

/** Asked before a key is scheduled for deletion: whether anybody still needs it. */
const getKeyLastUsage = operation(keyReference, (context, input) => {
  const { id, createdAt, lastUse } = context.keys.findById(input.KeyId);
  const usage =
    lastUse === null
      ? {}
      : {
          Operation: lastUse.operation,
          Timestamp: lastUse.at / secondMs,
          CloudTrailEventId: lastUse.eventId,
          KmsRequestId: lastUse.requestId,
        };
  return { KeyId: id, KeyLastUsage: usage, TrackingStartDate: createdAt / secondMs, KeyCreationDate: createdAt / secondMs };
});

const describeInput = keyReference.extend({ Description: z.string().max(8192) });

const updateKeyDescription = operation(describeInput, (context, input) => {
  changeable(context.keys.findById(input.KeyId)).description = input.Description;
  return null;
});

const scheduleInput = keyReference.extend({
  PendingWindowInDays: z.number().int().min(waitingDays.least).max(waitingDays.most).default(waitingDays.most),
});

const scheduleKeyDeletion = operation(scheduleInput, (context, input) => {
  const key = changeable(context.keys.findById(input.KeyId));
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
  const key = context.keys.findById(input.KeyId);
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
  GetKeyLastUsage: getKeyLastUsage,
  UpdateKeyDescription: updateKeyDescription,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
