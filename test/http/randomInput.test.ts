/** Whatever a caller sends, the service answers it: accepted as the rules have it, or refused with a problem; it never fails. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { canonicalRecipient } from '../../service/core/job/recipient.ts';
import { createTestDatabase } from '../support/database.ts';
import { sendableConfiguration, type TestApp, testApp } from './support/testApp.ts';

let test: TestApp;
let configurationEId: string;

beforeAll(async () => {
  test = await testApp(await createTestDatabase());
  configurationEId = await sendableConfiguration(test);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\udfff', '\r', '\n', '<', '@', 'a', '.', ',', '/', '\\', '"'), maxLength: 12 }),
  fc.constantFrom('ada@example.com', 'noreply', 'acme', '', ' '),
);
const anything = fc.oneof(
  anyText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.array(anyText, { maxLength: 3 }),
  fc.object({ maxDepth: 2 }),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
/** Mostly of the right kind, so that the deeper rules are reached. */
const mostly = <T>(likely: fc.Arbitrary<T>) => fc.oneof({ weight: 6, arbitrary: likely }, { weight: 1, arbitrary: anything });

const mailAddress = fc.oneof(fc.emailAddress(), anyText, fc.constant('ada@example.com'));
const attachments = fc.array(
  fc.record({
    filename: mostly(anyText),
    contentType: mostly(fc.constantFrom('text/plain', 'a/b', 'text')),
    contentBase64: mostly(fc.base64String()),
  }),
  { maxLength: 2 },
);
const jobBody = (id: string) =>
  fc.record({
    configurationEId: mostly(fc.oneof(fc.constant(id), fc.uuid())),
    recipient: mostly(mailAddress),
    replyToEmail: optional(mostly(mailAddress)),
    subject: mostly(anyText),
    htmlBody: optional(mostly(anyText)),
    textBody: optional(mostly(anyText)),
    tag: optional(mostly(anyText)),
    metadata: optional(mostly(fc.dictionary(anyText, anyText, { maxKeys: 10 }))),
    attachments: optional(mostly(attachments)),
  });

const expectProblem = (answer: { status: number; body: Record<string, unknown>; headers: Record<string, unknown> }) => {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  if (answer.status === 400)
    expect(answer.body['errors']).toEqual(expect.arrayContaining([expect.objectContaining({ pointer: expect.any(String) })]));
};

let key = 0;

it('POST /job accepts what fits, and what it accepts is what was asked', async () => {
  await fc.assert(
    fc.asyncProperty(jobBody(configurationEId), async (body) => {
      key += 1;
      const answer = await test.call('POST', '/job', { headers: { 'idempotency-key': `random-${key}` }, body });
      if (answer.status !== 202) return expectProblem(answer);
      expect(answer.body).toMatchObject({ subject: body.subject, recipient: canonicalRecipient(String(body.recipient)), status: 'QUEUED' });
      expect(/\p{Cc}/u.test(String(body.subject))).toBe(false);
      const replay = await test.call('POST', '/job', { headers: { 'idempotency-key': `random-${key}` }, body });
      expect([replay.status, replay.body['eId']]).toEqual([202, answer.body['eId']]);
    }),
    { numRuns: 400 },
  );
});

it('POST /configuration accepts what fits, and what it accepts is what was asked', async () => {
  const body = fc.record({
    sendingDomainSlug: mostly(fc.oneof(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/), anyText)),
    signatureRequest: optional(
      mostly(
        fc.record({
          fromLocalPart: optional(mostly(anyText)),
          fromName: optional(mostly(anyText)),
          replyToEmail: optional(mostly(mailAddress)),
        }),
      ),
    ),
    provision: optional(mostly(fc.boolean())),
  });
  await fc.assert(
    fc.asyncProperty(body, async (asked) => {
      const answer = await test.call('POST', '/configuration', { body: asked });
      if (answer.status !== 201) return expectProblem(answer);
      expect(answer.body).toMatchObject({
        sendingDomainSlug: asked.sendingDomainSlug,
        status: asked.provision === true ? 'PROVISIONING' : 'PENDING',
      });
      const { fromName } = (asked.signatureRequest ?? {}) as { fromName?: unknown };
      expect(answer.body['from']).toMatchObject({ name: fromName ?? null });
    }),
    { numRuns: 300 },
  );
});

it('any header and query a client can send is answered without a fault', async () => {
  const header = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(header, header, header, anyText, anyText, async (tenant, author, requestId, name, value) => {
      const query = `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`;
      const headers = {
        'x-tenant-id': tenant,
        'x-author': author,
        'x-request-id': requestId,
        prefer: value.replaceAll(/[^\x20-\x7e]/g, ''),
      };
      for (const path of ['/job', '/configuration', '/suppression']) {
        const { status, headers: answered } = await test.call('GET', `${path}?${query}`, { tenant: null, headers });
        expect(status).toBeLessThan(500);
        expect(answered['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      }
    }),
    { numRuns: 150 },
  );
});
