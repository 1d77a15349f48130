/** Checks who calls, carries the call out, and answers in the protocol that it came in. */
import { accessKeyOf } from '../world/awsAccount.ts';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { Json } from '../world/world.ts';
import { type XmlNode, xmlDocument } from '../world/xmlWriter.ts';
import type { AwsContext } from './awsContext.ts';
import { AwsError } from './awsError.ts';
import { type Called, calledBy, formOf, notServed } from './called.ts';
import { readQueryForm } from './queryForm.ts';

/** Called before there are any credentials. */
const unsigned = new Set(['AssumeRoleWithWebIdentity']);

const jsonAnswer = (status: number, body: Json): RimAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
});

const xmlAnswer = (status: number, root: string, namespace: string, node: { readonly [tag: string]: XmlNode }): RimAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: xmlDocument(root, namespace, node),
});

export type Refused = { status: number; code: string; message: string };

export function errorAnswer(called: Called, { status, code, message }: Refused, requestId: string): RimAnswer {
  if (called.protocol !== 'query') return jsonAnswer(status, { __type: code, message, Message: message });
  return xmlAnswer(status, 'ErrorResponse', called.namespace, {
    Error: { Type: status >= 500 ? 'Receiver' : 'Sender', Code: code, Message: message },
    RequestId: requestId,
  });
}

function refuseStranger(context: AwsContext, name: string, caller: string | null, suffix: '' | 'Exception'): void {
  if (caller === null && !unsigned.has(name)) throw new AwsError(`MissingAuthenticationToken${suffix}`, 'Missing Authentication Token');
  if (context.sessions.isExpired(caller, context.clock.now()))
    throw new AwsError(`ExpiredToken${suffix}`, 'The security token included in the request is expired');
}

function jsonInput(request: RimRequest): unknown {
  try {
    return JSON.parse(request.body.length === 0 ? '{}' : request.body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON');
  }
}

function carriedOut(context: AwsContext, called: Called, request: RimRequest, requestId: string): RimAnswer {
  if (called.protocol === 'unknown') {
    throw new AwsError(
      'UnknownOperationException',
      'This is no call that is served here: it needs an x-amz-target header, or Action and Version in a form',
    );
  }
  const caller = accessKeyOf(request.headers.authorization);
  refuseStranger(context, called.name, caller, called.protocol === 'json' ? 'Exception' : '');
  if (called.protocol === 'json') {
    if (called.run === undefined) throw new AwsError('UnknownOperationException', notServed(called.name, called.served));
    return jsonAnswer(200, called.run(context, jsonInput(request), caller));
  }
  if (called.run === undefined) throw new AwsError('InvalidAction', notServed(called.name, called.served));
  return xmlAnswer(200, `${called.name}Response`, called.namespace, {
    [`${called.name}Result`]: called.run(context, readQueryForm(formOf(request)), caller),
    ResponseMetadata: { RequestId: requestId },
  });
}

export function answerCall(context: AwsContext, request: RimRequest, requestId: string): RimAnswer {
  const called = calledBy(request);
  try {
    return carriedOut(context, called, request, requestId);
  } catch (cause) {
    if (cause instanceof AwsError) return errorAnswer(called, cause, requestId);
    throw cause;
  }
}
