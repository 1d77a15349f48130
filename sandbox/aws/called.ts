/** Which operation a request calls: JSON 1.1 by `x-amz-target`, the Query protocol by `Action` and `Version`. */
import type { RimRequest } from '../world/httpRim.ts';
import type { JsonOperation, QueryOperation } from './awsContext.ts';
import { identityOperations } from './identity/identityOperations.ts';
import { parameterOperations } from './parameters/parameterOperations.ts';
import { secretOperations } from './secrets/secretOperations.ts';
import { secretValueOperations } from './secrets/secretValueOperations.ts';
import { stackOperations } from './stacks/stackOperations.ts';

const jsonServices: Readonly<Record<string, Readonly<Record<string, JsonOperation>>>> = {
  secretsmanager: { ...secretValueOperations, ...secretOperations },
  AmazonSSM: parameterOperations,
};

const queryServices: Readonly<Record<string, { namespace: string; operations: Readonly<Record<string, QueryOperation>> }>> = {
  '2011-06-15': { namespace: 'https://sts.amazonaws.com/doc/2011-06-15/', operations: identityOperations },
  '2010-05-15': { namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/', operations: stackOperations },
};

/** `run` is absent for an operation that is not served; `served` names those of its service that are. */
export type Called =
  | { protocol: 'json'; name: string; run: JsonOperation | undefined; served: readonly string[] }
  | { protocol: 'query'; namespace: string; name: string; run: QueryOperation | undefined; served: readonly string[] }
  | { protocol: 'unknown' };

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);

/** The parameters of the Query protocol: the body of a POST, the query of a GET. */
export const formOf = (request: RimRequest): string =>
  request.method === 'POST' ? request.body.toString('utf8') : request.query.toString();

export function calledBy(request: RimRequest): Called {
  const [, service, target = ''] = /^(\w+)\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? '')) ?? [];
  if (service !== undefined) {
    const operations = own(jsonServices, service) ?? {};
    return { protocol: 'json', name: target, run: own(operations, target), served: Object.keys(operations) };
  }
  const form = new URLSearchParams(formOf(request));
  const name = form.get('Action');
  if (name === null || !/^\w{1,128}$/.test(name)) return { protocol: 'unknown' };
  const { namespace, operations } = own(queryServices, form.get('Version') ?? '') ?? {
    namespace: 'https://amazonaws.com/',
    operations: {},
  };
  return { protocol: 'query', namespace, name, run: own(operations, name), served: Object.keys(operations) };
}

export const notServed = (name: string, served: readonly string[]): string =>
  served.length === 0
    ? `The sandbox does not serve the API of ${name} here; it serves Secrets Manager, SSM Parameter Store, STS and CloudFormation`
    : `The sandbox does not serve ${name}; it serves ${[...served].sort().join(', ')}`;
