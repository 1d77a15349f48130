/** The names that are computed rather than stored. */
import { expect, test } from 'vitest';
import {
  localPartPattern,
  returnPathDomainOf,
  sendingDomainOf,
  serverNameOf,
  slugPattern,
  tenantIdPattern,
} from '../../../service/core/configuration/names.ts';

test('a sending domain is the slug in the published zone, and everything else follows from it', () => {
  expect(sendingDomainOf('acme', 'dev.ardamails.com')).toBe('acme.dev.ardamails.com');
  expect(returnPathDomainOf('acme.dev.ardamails.com')).toBe('pm-bounces.acme.dev.ardamails.com');
});

test.each([
  ['acme.dev.ardamails.com', 'ardamails-dev-acme'],
  ['a-b.prod.ardamails.com', 'ardamails-prod-a-b'],
  ['acme.ardamails.com', 'ardamails-acme'],
  ['acme.dev.mail.example.co.uk', 'co-example-mail-dev-acme'],
])('the server of %s is named %s', (domain, name) => expect(serverNameOf(domain)).toBe(name));

const slugs: [slug: string, valid: boolean][] = [
  ['a', true],
  ['9', true],
  ['acme', true],
  ['a-b', true],
  ['a--b', true],
  ['xn--bcher-kva', true],
  [`a${'b'.repeat(61)}c`, true],
  [`a${'b'.repeat(62)}c`, false],
  ['', false],
  ['-a', false],
  ['a-', false],
  ['-', false],
  ['A', false],
  ['a.b', false],
  ['a_b', false],
  ['ä', false],
  ['a\n', false],
  ['a b', false],
];
test.each(slugs)('slug %j: %s', (slug, valid) => expect(slugPattern.test(slug)).toBe(valid));

const tenants: [tenantId: string, valid: boolean][] = [
  ['acme', true],
  ['A1._:-', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['a b', false],
  ['a/b', false],
  ['ä', false],
  ['a\n', false],
];
test.each(tenants)('tenant id %j: %s', (tenantId, valid) => expect(tenantIdPattern.test(tenantId)).toBe(valid));

const localParts: [localPart: string, valid: boolean][] = [
  ['noreply', true],
  ['no.reply+x_1-y', true],
  ['a', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['.a', false],
  ['a.', false],
  ['', false],
  ['a@b', false],
  ['a b', false],
  ['"a"', false],
];
test.each(localParts)('local part %j: %s', (localPart, valid) => expect(localPartPattern.test(localPart)).toBe(valid));
