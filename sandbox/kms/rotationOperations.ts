/** Operations on the rotation of a key's material. */
import { z } from 'zod';
import { keyMaterialId } from './ciphertextBlob.ts';
import { planFrom } from './keyRotation.ts';
import { type KmsOperation, operation } from './kmsContext.ts';
import { KmsError } from './kmsError.ts';
import { usable } from './kmsKeys.ts';
import { listPage } from './listPage.ts';

/** The API's bounds and default, in days, and its quota of rotations on demand. */
const period = { least: 90, most: 2560, usual: 365 };
const onDemandMax = 25;

const keyReference = z.object({ KeyId: z.string().min(1).max(2048) });
const enableInput = keyReference.extend({
  RotationPeriodInDays: z.number().int().min(period.least).max(period.most).default(period.usual),
});

/** Enabling again, or with another period, counts the period anew from now. */
const enableKeyRotation = operation(enableInput, (context, input) => {
  usable(context.keys.findById(input.KeyId)).plan = planFrom(context.clock.now(), input.RotationPeriodInDays);
  return null;
});

const disableKeyRotation = operation(keyReference, (context, input) => {
  usable(context.keys.findById(input.KeyId)).plan = null;
  return null;
});

/** Of a key that waits for its deletion it is off, and comes back when the key is rescued. */
const getKeyRotationStatus = operation(keyReference, (context, input) => {
  const key = context.keys.findById(input.KeyId);
  if (key.plan === null || key.state === 'PendingDeletion') return { KeyId: key.id, KeyRotationEnabled: false };
  return {
    KeyId: key.id,
    KeyRotationEnabled: true,
    RotationPeriodInDays: key.plan.periodDays,
    NextRotationDate: key.plan.nextAt / 1000,
  };
});

const rotateKeyOnDemand = operation(keyReference, (context, input) => {
  const key = usable(context.keys.findById(input.KeyId));
  if (key.rotations.filter(({ type }) => type === 'ON_DEMAND').length >= onDemandMax)
    throw new KmsError('LimitExceededException', `A key can be rotated on demand at most ${onDemandMax} times.`);
  key.rotations.push({ at: context.clock.now(), type: 'ON_DEMAND' });
  return { KeyId: key.id };
});

const listInput = keyReference.extend({
  IncludeKeyMaterial: z.enum(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY']).default('ROTATIONS_ONLY'),
  Limit: z.number().int().min(1).max(1000).default(100),
  Marker: z.string().min(1).optional(),
});

/** `ALL_KEY_MATERIAL` begins with the material that the key was made with, which no rotation made. */
const listKeyRotations = operation(listInput, (context, input) => {
  const key = context.keys.findById(input.KeyId);
  const made = key.rotations.map((rotation, index) => ({ generation: index + 1, rotation }));
  const listed = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL' ? [{ generation: 0, rotation: null }, ...made] : made;
  const { page, more } = listPage(listed, ({ generation }) => `${key.id}/${generation}`, input);
  const rotations = page.map(({ generation, rotation }) => ({
    KeyId: key.id,
    KeyMaterialId: keyMaterialId(context.seed, key.id, generation),
    KeyMaterialState: generation === key.rotations.length ? 'CURRENT' : 'NON_CURRENT',
    ...(rotation === null ? {} : { RotationDate: rotation.at / 1000, RotationType: rotation.type }),
  }));
  return { Rotations: rotations, ...more };
});

export const rotationOperations: Readonly<Record<string, KmsOperation>> = {
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  GetKeyRotationStatus: getKeyRotationStatus,
  RotateKeyOnDemand: rotateKeyOnDemand,
  ListKeyRotations: listKeyRotations,
};
