/**
 * AWS KMS on loopback: symmetric keys, spoken in JSON 1.1 as the AWS SDK speaks it.
 * A request needs a Signature Version 4 header; the signature itself is not checked.
 */
import { createHmac } from 'node:crypto';
import type { SandboxWorld } from '../world/createWorld.ts';
import type { HttpRoom, RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { Json, Room } from '../world/world.ts';
import { aliasOperations } from './aliasOperations.ts';
import { cryptoOperations } from './cryptoOperations.ts';
import { keyOperations } from './keyOperations.ts';
import type { KmsContext } from './kmsContext.ts';
import { KmsError, usualStatus } from './kmsError.ts';
import { arnOf, type KmsKey, KmsKeys, savedKeysSchema } from './kmsKeys.ts';
import { rotationOperations } from './rotationOperations.ts';

export interface KmsRoom extends Room, HttpRoom {
  /** The key of the seed. */
  readonly keyArn: string;
}

const bodyLimitBytes = 100_000;
const seedAlias = 'alias/postroute';
const operations = { ...keyOperations, ...aliasOperations, ...rotationOperations, ...cryptoOperations };

/** `x-amz-target: TrentService.Decrypt`: the name by which KMS is called on the wire. */
const targetOf = (request: RimRequest): string | null =>
  /^TrentService\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? ''))?.[1] ?? null;

const answer = (status: number, body: Json): RimAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: body === null ? '' : JSON.stringify(body),
});

const errorAnswer = (status: number, code: string, message: string): RimAnswer => answer(status, { __type: code, message });

function inputOf(request: RimRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new KmsError('SerializationException', 'The body is not JSON');
  }
}

function dispatch(context: KmsContext, request: RimRequest): RimAnswer {
  if (!/^AWS4-HMAC-SHA256 Credential=.+SignedHeaders=.+Signature=.+/.test(request.headers.authorization ?? '')) {
    throw new KmsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const name = targetOf(request);
  if (name === null) throw new KmsError('UnknownOperationException', 'x-amz-target must be TrentService.{operation}');
  const carryOut = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (carryOut === undefined) {
    throw new KmsError(
      'UnknownOperationException',
      `The sandbox does not serve ${name}; it serves ${Object.keys(operations).sort().join(', ')}`,
    );
  }
  return answer(200, carryOut(context, inputOf(request)));
}

/** A key id in the form of a UUID that follows from the seed. */
function seedKeyId(seed: string): string {
  const hex = createHmac('sha256', seed).update('kms key').digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

const shownKey = (key: KmsKey): Json => ({
  KeyId: key.id,
  Arn: arnOf(key.id),
  KeyState: key.state,
  Description: key.description,
  Aliases: key.aliases.map(({ name }) => name),
  KeyRotationEnabled: key.plan !== null,
  Rotations: key.rotations.length,
});

export function createKmsRoom(world: SandboxWorld): KmsRoom {
  const keys = new KmsKeys(world.clock);
  const keyId = seedKeyId(world.random.seed);
  const context: KmsContext = {
    keys,
    clock: world.clock,
    random: world.random.fork('kms'),
    usage: world.random.fork('kms-usage'),
    seed: world.random.seed,
  };
  const seed = () => {
    if (!keys.has(keyId)) keys.add(keyId, 'wraps the data keys of the partition', [seedAlias]);
  };
  seed();
  return {
    name: 'kms',
    service: 'kms',
    bodyLimitBytes,
    keyArn: arnOf(keyId),
    operationOf: targetOf,
    handle: (request) => {
      try {
        const answered = dispatch(context, request);
        world.touched();
        return answered;
      } catch (cause) {
        if (cause instanceof KmsError) return errorAnswer(usualStatus(cause.code), cause.code, cause.message);
        throw cause;
      }
    },
    faultAnswer: (fault) => {
      if (fault.kind === 'throttle') return errorAnswer(fault.status ?? 400, 'ThrottlingException', 'Rate exceeded');
      const code = String(fault.errorCode ?? 'KMSInternalException');
      return errorAnswer(fault.status ?? (fault.errorCode === undefined ? 500 : usualStatus(code)), code, 'An injected fault');
    },
    crashAnswer: () => errorAnswer(500, 'KMSInternalException', 'The request was rejected because an internal exception occurred'),
    tooLarge: () => errorAnswer(413, 'RequestEntityTooLarge', `The body is larger than ${bodyLimitBytes} bytes`),
    show: () => ({ keys: keys.all().map(shownKey) }),
    save: () => ({ keys: keys.all() }),
    restore: (saved) => {
      keys.replace(savedKeysSchema.parse(saved).keys);
      seed();
    },
    reset: () => {
      keys.replace([]);
      seed();
    },
  };
}
