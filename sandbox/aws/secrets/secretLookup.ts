/** Finding a secret or one of its versions, with the refusals that Secrets Manager words. */
import { z } from 'zod';
import { type AwsContext, jsonOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import type { Secret, SecretVersion } from './secretStore.ts';
import { currentStage } from './versionStages.ts';

export const operation = jsonOperation('ValidationException');

/** The API's bounds. */
export const secretReference = z.string().min(1).max(2048);
export const requestToken = z.string().min(32).max(64);
export const stageName = z.string().min(1).max(256);
export const tagList = z.array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256).default('') })).max(50);

export const secondMs = 1000;

export function secretOf(context: AwsContext, reference: string): Secret {
  const secret = context.secrets.find(reference);
  if (secret === undefined) throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return secret;
}

/** Refuses one that is marked for deletion. */
export function usableSecret(context: AwsContext, reference: string): Secret {
  const secret = secretOf(context, reference);
  if (secret.deletedAt === null) return secret;
  throw new AwsError('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.");
}

/** Both, when both are given, must name the same version. */
export function versionOf(secret: Secret, asked: { VersionId?: string | undefined; VersionStage?: string | undefined }): SecretVersion {
  const stage = asked.VersionStage ?? (asked.VersionId === undefined ? currentStage : undefined);
  const found = secret.versions.find(
    (version) =>
      (asked.VersionId === undefined || version.id === asked.VersionId) && (stage === undefined || version.stages.includes(stage)),
  );
  if (found !== undefined) return found;
  const what = asked.VersionId === undefined ? `staging label: ${stage ?? ''}` : `VersionId: ${asked.VersionId}`;
  throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
}
