/** Security Token Service: who is calling, and roles assumed. Every well-formed role may be assumed; a fault says otherwise. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { accountId } from '../../world/awsAccount.ts';
import type { XmlNode } from '../../world/xmlWriter.ts';
import { type AwsContext, type QueryOperation, queryOperation } from '../awsContext.ts';
import { AwsError } from '../awsError.ts';
import { assumedRoleArn, type Session } from './sessions.ts';

const operation = queryOperation('ValidationError');

const secondMs = 1000;
/** The API's bounds. A role that was assumed by a role lasts an hour at most. */
const durationSeconds = { least: 900, most: 43_200, usual: 3600, chained: 3600 };
const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const text = (bytes: Buffer): string => [...bytes].map((byte) => keyAlphabet.charAt(byte % keyAlphabet.length)).join('');

const getCallerIdentity = operation(z.object({}), (context, _input, caller) => {
  const session = context.sessions.find(caller);
  if (session !== undefined)
    return {
      Arn: assumedRoleArn(session),
      UserId: `${session.roleId}:${session.sessionName}`,
      Account: assumedRoleArn(session).split(':')[4],
    };
  return { Arn: `arn:aws:iam::${accountId}:user/sandbox`, UserId: 'AIDASANDBOXSANDBOXSA', Account: accountId };
});

const duration = z
  .string()
  .regex(/^\d{1,6}$/)
  .transform(Number)
  .pipe(z.number().min(durationSeconds.least).max(durationSeconds.most))
  .optional();

const roleFields = {
  RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of a role'),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/, 'must have 2 to 64 of the characters A-Z a-z 0-9 + = , . @ - _'),
  DurationSeconds: duration,
};

type Assumed = { RoleArn: string; RoleSessionName: string; seconds: number };

/** The role's id follows from its ARN, the rest is drawn from the seed. */
function startSession(context: AwsContext, { RoleArn, RoleSessionName, seconds }: Assumed): { session: Session; credentials: XmlNode } {
  const session: Session = {
    accessKeyId: `ASIA${text(context.random.bytes(16))}`,
    roleArn: RoleArn,
    roleId: `AROA${text(createHash('sha256').update(RoleArn).digest().subarray(0, 17))}`,
    sessionName: RoleSessionName,
    expiresAt: Math.floor(context.clock.now() / secondMs) * secondMs + seconds * secondMs,
  };
  context.sessions.add(session);
  const credentials = {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: context.random.bytes(30).toString('base64'),
    SessionToken: context.random.bytes(120).toString('base64'),
    Expiration: new Date(session.expiresAt).toISOString(),
  };
  return { session, credentials };
}

const assumedUser = (session: Session): XmlNode => ({
  AssumedRoleId: `${session.roleId}:${session.sessionName}`,
  Arn: assumedRoleArn(session),
});

const assumeRole = operation(z.object(roleFields), (context, input, caller) => {
  const isChained = context.sessions.find(caller) !== undefined;
  const seconds = input.DurationSeconds ?? durationSeconds.usual;
  if (isChained && seconds > durationSeconds.chained) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  const { session, credentials } = startSession(context, { ...input, seconds });
  return { Credentials: credentials, AssumedRoleUser: assumedUser(session), PackedPolicySize: 6 };
});

const claims = z.object({ sub: z.string(), aud: z.union([z.string(), z.array(z.string())]), iss: z.string() });

function claimsOf(token: string): z.output<typeof claims> {
  const [, payload = ''] = token.split('.');
  try {
    return claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    throw new AwsError(
      'InvalidIdentityToken',
      'The web identity token that was passed could not be validated: it must be a JWT with iss, sub and aud.',
    );
  }
}

/** What a pod with an annotated service account calls; it has no credentials yet, so nothing is signed. */
const assumeRoleWithWebIdentity = operation(
  z.object({ ...roleFields, WebIdentityToken: z.string().min(4).max(20_000) }),
  (context, input) => {
    const { sub, aud, iss } = claimsOf(input.WebIdentityToken);
    const seconds = input.DurationSeconds ?? durationSeconds.usual;
    const { session, credentials } = startSession(context, { ...input, seconds });
    return {
      Credentials: credentials,
      SubjectFromWebIdentityToken: sub,
      AssumedRoleUser: assumedUser(session),
      Provider: iss,
      Audience: [aud].flat()[0],
    };
  },
);

const sessionDuration = z.object({
  DurationSeconds: z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.number().min(900).max(129_600))
    .optional(),
});

const getSessionToken = operation(sessionDuration, (context, input) => {
  const seconds = input.DurationSeconds ?? durationSeconds.most;
  const { credentials } = startSession(context, { RoleArn: `arn:aws:iam::${accountId}:role/session`, RoleSessionName: 'session', seconds });
  return { Credentials: credentials };
});

const getAccessKeyInfo = operation(z.object({ AccessKeyId: z.string().regex(/^[A-Z0-9]{16,128}$/) }), () => ({ Account: accountId }));

export const identityOperations: Readonly<Record<string, QueryOperation>> = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetSessionToken: getSessionToken,
  GetAccessKeyInfo: getAccessKeyInfo,
};
