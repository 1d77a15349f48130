import { describe, expect, test } from 'vitest';
import { type AwsRequest, evaluate, type Statement } from '../support/iamPolicy.ts';

const request: AwsRequest = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', context: { team: 'mail', tags: ['a', 'b'] } };
const allow = (statement: Partial<Statement>): Statement => ({ Effect: 'Allow', Action: '*', Resource: '*', ...statement });
const effectOf = (statements: readonly Statement[], asked = request) =>
  evaluate([{ Version: '2012-10-17', Statement: statements }], asked).effect;
const holds = (operator: string, condition: Record<string, string | string[]>): boolean =>
  effectOf([allow({ Condition: { [operator]: condition } })]) === 'allowed';

describe('the evaluator of policies', () => {
  test('allows nothing by itself, and a denial beats every allowance', () => {
    expect(effectOf([])).toBe('denied');
    expect(effectOf([allow({})])).toBe('allowed');
    expect(evaluate([{ Version: '', Statement: [allow({}), allow({ Sid: 'No', Effect: 'Deny' })] }], request)).toEqual({
      effect: 'denied',
      by: 'No',
    });
  });

  test.each<[string, Partial<Statement>, boolean]>([
    ['an action whatever its case', { Action: ['s3:getobject'] }, true],
    ['an action by pattern', { Action: 's3:Get*' }, true],
    ['another action', { Action: 's3:Put*' }, false],
    ['everything but an action', { Action: undefined as never, NotAction: 's3:Get*' }, false],
    ['everything but another action', { Action: undefined as never, NotAction: 'kms:*' }, true],
    ['a resource by pattern', { Resource: 'arn:aws:s3:::b/?' }, true],
    ['a resource in another case', { Resource: 'arn:aws:s3:::B/k' }, false],
    ['everything but a resource', { Resource: undefined as never, NotResource: 'arn:aws:s3:::b/*' }, false],
  ])('matches %s', (_name, statement, allowed) => {
    const { Action, Resource, ...rest } = allow(statement);
    const given = { ...rest, ...(Action === undefined ? {} : { Action }), ...(Resource === undefined ? {} : { Resource }) };
    expect(effectOf([given])).toBe(allowed ? 'allowed' : 'denied');
  });

  test.each<[string, Record<string, string | string[]>, boolean]>([
    ['StringEquals', { team: ['web', 'mail'] }, true],
    ['StringEquals', { TEAM: 'mail' }, true],
    ['StringEquals', { team: 'Mail' }, false],
    ['StringEquals', { absent: 'x' }, false],
    ['StringEqualsIfExists', { absent: 'x' }, true],
    ['StringNotEquals', { absent: 'x' }, true],
    ['StringNotEquals', { team: ['web', 'mail'] }, false],
    ['StringLike', { team: 'm*l' }, true],
    ['StringLike', { team: 'm.il' }, false],
    ['ForAllValues:StringEquals', { tags: ['a', 'b', 'c'] }, true],
    ['ForAllValues:StringEquals', { tags: 'a' }, false],
    ['ForAllValues:StringEquals', { absent: 'a' }, true],
    ['ForAnyValue:StringEquals', { tags: ['b', 'c'] }, true],
    ['ForAnyValue:StringEquals', { tags: 'c' }, false],
    ['ForAnyValue:StringEquals', { absent: 'a' }, false],
    ['ForAnyValue:StringNotEquals', { tags: 'a' }, true],
    ['Null', { absent: 'true' }, true],
    ['Null', { tags: 'true' }, false],
    ['Null', { tags: 'false' }, true],
    ['Null', { absent: 'false' }, false],
  ])('%s %o is %s', (operator, condition, expected) => {
    expect(holds(operator, condition)).toBe(expected);
  });

  test('compares ARNs part by part, so that a wildcard does not reach into the next part', () => {
    const asked = { ...request, context: { arn: 'arn:aws:iam::1:role/a:b' } };
    const by = (pattern: string) => effectOf([allow({ Condition: { ArnLike: { arn: pattern } } })], asked);
    expect(by('arn:aws:iam::1:role/a:*')).toBe('allowed');
    expect(by('arn:aws:iam::1:*')).toBe('denied');
  });

  test('refuses to guess', () => {
    expect(() => holds('DateLessThan', { team: '2026' })).toThrow('DateLessThan is not known here');
    expect(() => holds('StringEquals', { tags: 'a' })).toThrow('tags has several values');
  });
});
