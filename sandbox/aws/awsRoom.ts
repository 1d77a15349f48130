/**
 * Secrets Manager, Systems Manager Parameter Store, STS and CloudFormation on one port. Route 53 and KMS are answered here as well, so that one
 * AWS_ENDPOINT_URL serves every client. A request needs a Signature Version 4 header; the signature itself is not checked.
 */
import { z } from 'zod';
import type { HttpRoom, RimRequest } from '../world/httpRim.ts';
import { InputError } from '../world/inputError.ts';
import type { FaultSpec, Json, Room, World } from '../world/world.ts';
import type { AwsContext } from './awsContext.ts';
import { usualStatus } from './awsError.ts';
import { answerCall, errorAnswer, type Refused } from './awsFrontDoor.ts';
import { type Called, calledBy } from './called.ts';
import { Sessions, savedSessionsSchema } from './identity/sessions.ts';
import { ParameterStore, savedParametersSchema } from './parameters/parameterStore.ts';
import { SecretStore, savedSecretsSchema } from './secrets/secretStore.ts';
import { putStackByHand, type StackInput } from './stacks/stackByHand.ts';
import { StackStore, savedStacksSchema } from './stacks/stackStore.ts';

export interface AwsRoom extends Room, HttpRoom {
  /** `POST /aws/stack`. Throws InputError. */
  putStack(stack: StackInput): Json;
  /** `DELETE /aws/stack`. Throws InputError. */
  deleteStack(name: string): Json;
}

/** A secret of 64 KiB in base64, a policy, a token. */
const bodyLimitBytes = 1_000_000;
const noCall: Called = { protocol: 'unknown' };

const savedSchema = z.object({
  secrets: savedSecretsSchema,
  parameters: savedParametersSchema,
  sessions: savedSessionsSchema,
  stacks: savedStacksSchema,
});

function faulty(fault: FaultSpec): Refused {
  if (fault.kind === 'throttle') return { status: fault.status ?? 400, code: 'ThrottlingException', message: 'Rate exceeded' };
  const code = String(fault.errorCode ?? (fault.status === 503 ? 'ServiceUnavailable' : 'InternalFailure'));
  return { status: fault.status ?? usualStatus(code), code, message: 'An injected fault' };
}

/** What the account holds; of secrets and parameters everything but their values. */
function shownAccount({ secrets, parameters, stacks }: AwsContext): Json {
  return {
    secrets: secrets.all().map(({ name, arn, versions, deletedAt }) => ({
      Name: name,
      ARN: arn,
      versions: versions.map(({ id, stages }) => ({ VersionId: id, VersionStages: [...stages] })),
      markedForDeletion: deletedAt !== null,
    })),
    parameters: parameters
      .all()
      .map(({ name, versions }) => ({ Name: name, Type: versions.at(-1)?.type ?? null, Version: versions.length })),
    stacks: stacks.all().map(({ name, status, outputs }) => ({
      StackName: name,
      StackStatus: status,
      Outputs: outputs.map(({ key, value, exportName }) => ({ OutputKey: key, OutputValue: value, ExportName: exportName })),
    })),
  };
}

function delegateOf(request: RimRequest, others: { route53: HttpRoom; kms: HttpRoom }): HttpRoom | null {
  if (request.path.startsWith('/2013-04-01/')) return others.route53;
  return String(request.headers['x-amz-target'] ?? '').startsWith('TrentService.') ? others.kms : null;
}

const nameOf = (request: RimRequest): string | null => {
  const called = calledBy(request);
  return called.protocol === 'unknown' ? null : called.name;
};

function keeping(context: AwsContext): Pick<Room, 'save' | 'restore' | 'reset'> {
  const { secrets, parameters, sessions, stacks } = context;
  return {
    save: () => ({ secrets: secrets.all(), parameters: parameters.all(), sessions: sessions.all(), stacks: stacks.all() }),
    restore: (saved) => {
      const read = savedSchema.parse(saved);
      secrets.replace(read.secrets);
      parameters.replace(read.parameters);
      sessions.replace(read.sessions);
      stacks.replace(read.stacks);
    },
    reset: () => {
      for (const store of [secrets, parameters, sessions, stacks]) store.replace([]);
    },
  };
}

export function createAwsRoom(world: World, seed: string, others: { route53: HttpRoom; kms: HttpRoom }): AwsRoom {
  const requestIds = world.random.fork('aws-request');
  const context: AwsContext = {
    ...{ clock: world.clock, random: world.random.fork('aws'), seed },
    ...{ secrets: new SecretStore(world.clock), parameters: new ParameterStore(), sessions: new Sessions(), stacks: new StackStore() },
  };
  const refused = (called: Called, status: number, code: string, message: string) =>
    errorAnswer(called, { status, code, message }, requestIds.uuid());
  return {
    name: 'aws',
    service: 'aws',
    bodyLimitBytes,
    delegate: (request) => delegateOf(request, others),
    operationOf: nameOf,
    handle: (request) => {
      const answered = answerCall(context, request, requestIds.uuid());
      world.touched();
      return answered;
    },
    faultAnswer: (fault, _operation, request) => errorAnswer(calledBy(request), faulty(fault), requestIds.uuid()),
    crashAnswer: () => refused(noCall, 500, 'InternalFailure', 'The request processing has failed because of an unknown error'),
    tooLarge: () => refused(noCall, 413, 'RequestEntityTooLarge', `The body is larger than ${bodyLimitBytes} bytes`),
    putStack: (stack) => {
      const put = putStackByHand(context, stack);
      world.touched();
      return put;
    },
    deleteStack: (name) => {
      if (!context.stacks.remove(name)) throw new InputError(`there is no stack '${name}' to delete`);
      world.touched();
      return { deleted: name };
    },
    show: () => shownAccount(context),
    ...keeping(context),
  };
}
