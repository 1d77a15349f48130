/**
 * Says whether IAM allows a request, for the part of IAM that our policies use: identity policies with Action, NotAction, Resource, NotResource and
 * conditions with set operators. An operator that is not here, or a key with several values under an operator for one, is thrown rather than guessed.
 */

export type ContextValue = string | readonly string[];
export type AwsRequest = { action: string; resource: string; context: Readonly<Record<string, ContextValue>> };

type OneOrMore = string | readonly string[];
export type Statement = {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action?: OneOrMore;
  NotAction?: OneOrMore;
  Resource?: OneOrMore;
  NotResource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
};
export type PolicyDocument = { Version: string; Statement: Statement | readonly Statement[] };

/** `by`: the statement that decided; null when none allows it. */
export type Decision = { effect: 'allowed' | 'denied'; by: string | null };

export function evaluate(policies: readonly PolicyDocument[], request: AwsRequest): Decision {
  const matching = policies.flatMap(({ Statement: statements }) => list(statements)).filter((statement) => matches(statement, request));
  const denial = matching.find(({ Effect }) => Effect === 'Deny');
  if (denial !== undefined) return { effect: 'denied', by: denial.Sid ?? 'a denial' };
  const allowance = matching.find(({ Effect }) => Effect === 'Allow');
  return allowance === undefined ? { effect: 'denied', by: null } : { effect: 'allowed', by: allowance.Sid ?? 'an allowance' };
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function matches({ Action, NotAction, Resource, NotResource, Condition = {} }: Statement, request: AwsRequest): boolean {
  const action = Action === undefined ? !named(NotAction, request.action, true) : named(Action, request.action, true);
  const resource = Resource === undefined ? !named(NotResource, request.resource, false) : named(Resource, request.resource, false);
  return action && resource && Object.entries(Condition).every(([operator, keys]) => conditionHolds(operator, keys, request.context));
}

const named = (patterns: OneOrMore | undefined, text: string, ignoreCase: boolean): boolean =>
  list(patterns ?? []).some((pattern) => like(pattern, text, ignoreCase));

/** `*` is any text, dots and slashes included; `?` is one character. */
export function like(pattern: string, text: string, ignoreCase = false): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, ignoreCase ? 'is' : 's').test(text);
}

type Comparison = { negated: boolean; same(wanted: string, found: string): boolean };

const equal = (wanted: string, found: string): boolean => wanted === found;
const equalIgnoringCase = (wanted: string, found: string): boolean => wanted.toLowerCase() === found.toLowerCase();
const arnLike = (wanted: string, found: string): boolean => {
  const [patterns, parts] = [wanted.split(':'), found.split(':')];
  return patterns.length === parts.length && patterns.every((pattern, at) => like(pattern, parts[at] ?? ''));
};

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: { negated: false, same: equal },
  StringNotEquals: { negated: true, same: equal },
  StringEqualsIgnoreCase: { negated: false, same: equalIgnoringCase },
  StringNotEqualsIgnoreCase: { negated: true, same: equalIgnoringCase },
  StringLike: { negated: false, same: like },
  StringNotLike: { negated: true, same: like },
  ArnEquals: { negated: false, same: arnLike },
  ArnLike: { negated: false, same: arnLike },
  ArnNotEquals: { negated: true, same: arnLike },
  ArnNotLike: { negated: true, same: arnLike },
  Bool: { negated: false, same: equalIgnoringCase },
};

/** Every key of an operator must hold, and of a key's values one is enough. */
function conditionHolds(operator: string, keys: Record<string, OneOrMore>, context: AwsRequest['context']): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const found = Object.entries(context).find(([name]) => equalIgnoringCase(name, key))?.[1];
    if (operator === 'Null') return list(wanted).some((absent) => (absent === 'true') === (found === undefined));
    return keyHolds(operator, key, list(wanted), found);
  });
}

function keyHolds(operator: string, key: string, wanted: readonly string[], found: ContextValue | undefined): boolean {
  const [, set, base = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const comparison = comparisons[base];
  if (comparison === undefined) throw new Error(`the operator ${operator} is not known here`);
  const { negated, same } = comparison;
  const holds = (value: string): boolean => wanted.some((each) => same(each, value)) !== negated;
  if (found === undefined) return set === 'ForAllValues' || ifExists !== undefined || (negated && set !== 'ForAnyValue');
  if (set === 'ForAllValues') return list(found).every(holds);
  if (set === 'ForAnyValue') return list(found).some(holds);
  if (typeof found !== 'string') throw new Error(`${key} has several values, and ${operator} compares one`);
  return holds(found);
}
