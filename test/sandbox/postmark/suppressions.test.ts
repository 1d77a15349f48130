import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
});
afterEach(() => postmark.close());

const entries = (...emails: string[]) => ({ Suppressions: emails.map((EmailAddress) => ({ EmailAddress })) });
const hardBounce = 'hardbounce@bounce-testing.postmarkapp.com';

async function complaint(email: string): Promise<void> {
  const { MessageID } = await server.client.sendEmail(mailTo(email));
  postmark.room.report({ messageId: MessageID, type: 'SpamComplaint' });
  await postmark.settle();
}

it('an address suppressed through the API is a manual suppression by the customer', async () => {
  expect(await server.client.createSuppressions('outbound', entries('a@example.com'))).toEqual({
    Suppressions: [{ EmailAddress: 'a@example.com', Status: 'Suppressed', Message: null }],
  });
  expect(await server.client.getSuppressions('outbound')).toEqual({
    Suppressions: [
      {
        EmailAddress: 'a@example.com',
        SuppressionReason: 'ManualSuppression',
        Origin: 'Customer',
        CreatedAt: expect.stringMatching(/^2026-09-05T.*\.\d{7}Z$/),
      },
    ],
  });
  expect(await server.client.getSuppressions('broadcast')).toEqual({ Suppressions: [] });
});

it('suppressing an address again changes nothing, also in another case', async () => {
  await complaint('a@example.com');
  await server.client.createSuppressions('outbound', entries('A@Example.com'));
  const { Suppressions } = await server.client.getSuppressions('outbound');
  expect(Suppressions.map(({ EmailAddress, SuppressionReason }) => [EmailAddress, SuppressionReason])).toEqual([
    ['a@example.com', 'SpamComplaint'],
  ]);
});

it('each item has its own result on HTTP 200: an invalid address (1408) is its sentence', async () => {
  expect(await server.client.createSuppressions('outbound', entries('a@example.com', 'nonsense'))).toEqual({
    Suppressions: [
      { EmailAddress: 'a@example.com', Status: 'Suppressed', Message: null },
      { EmailAddress: 'nonsense', Status: 'Failed', Message: 'An invalid email address was provided.' },
    ],
  });
});

it('a hard bounce and a manual suppression can be deleted, a complaint cannot (1406, as a sentence), and an absent address is as good as deleted', async () => {
  await complaint('angry@example.com');
  await server.client.sendEmail(mailTo(hardBounce));
  await postmark.settle();
  await server.client.createSuppressions('outbound', entries('a@example.com'));
  expect(
    await server.client.deleteSuppressions('outbound', entries(hardBounce, 'A@example.com', 'angry@example.com', 'nobody@example.com')),
  ).toEqual({
    Suppressions: [
      { EmailAddress: hardBounce, Status: 'Deleted', Message: null },
      { EmailAddress: 'A@example.com', Status: 'Deleted', Message: null },
      {
        EmailAddress: 'angry@example.com',
        Status: 'Failed',
        Message: 'You do not have the required authority to change this suppression.',
      },
      { EmailAddress: 'nobody@example.com', Status: 'Deleted', Message: null },
    ],
  });
  expect((await server.client.getSuppressions('outbound')).Suppressions.map(({ EmailAddress }) => EmailAddress)).toEqual([
    'angry@example.com',
  ]);
  expect((await server.client.getBounces({ emailFilter: 'hardbounce' })).Bounces[0]?.Inactive).toBe(false);
});

it('the unsubscription of a recipient can be deleted', async () => {
  const { MessageID } = await server.client.sendEmail(mailTo('a@example.com'));
  postmark.room.report({ messageId: MessageID, type: 'SubscriptionChange' });
  expect((await server.client.getSuppressions('outbound')).Suppressions).toMatchObject([
    { SuppressionReason: 'ManualSuppression', Origin: 'Recipient' },
  ]);
  expect((await server.client.deleteSuppressions('outbound', entries('a@example.com'))).Suppressions[0]?.Status).toBe('Deleted');
});

it('the dump filters by reason, origin, address and date', async () => {
  await complaint('angry@example.com');
  await server.client.createSuppressions('outbound', entries('a@example.com'));
  const found: Record<string, string[]> = {};
  for (const query of [
    'SuppressionReason=SpamComplaint',
    'Origin=customer',
    'EmailAddress=A@example.com',
    'fromdate=2026-09-06',
    'todate=2026-09-05',
  ]) {
    const answer = await postmark.call('GET', `/message-streams/outbound/suppressions/dump?${query}`, { server: server.token });
    found[query] = (answer.body as { Suppressions: { EmailAddress: string }[] }).Suppressions.map(({ EmailAddress }) => EmailAddress);
  }
  expect(found).toEqual({
    'SuppressionReason=SpamComplaint': ['angry@example.com'],
    'Origin=customer': ['a@example.com'],
    'EmailAddress=A@example.com': ['a@example.com'],
    'fromdate=2026-09-06': [],
    'todate=2026-09-05': ['angry@example.com', 'a@example.com'],
  });
});

it.each([
  ['51 addresses', entries(...Array.from({ length: 51 }, (_, i) => `r${i}@example.com`)), 1410],
  ['no body', undefined, 1409],
  ['a body without the list', {}, 1409],
  ['an item without an address', { Suppressions: [{}] }, 1411],
  ['a field there is not', { Suppressed: [] }, 403],
  ['a field of an item there is not', { Suppressions: [{ Email: 'a@example.com' }] }, 403],
] as const)('%s', async (_case, body, code) => {
  for (const path of ['suppressions', 'suppressions/delete']) {
    const answer = await postmark.call('POST', `/message-streams/outbound/${path}`, { server: server.token, body: body as never });
    expect(answer).toMatchObject({ status: 422, body: { ErrorCode: code } });
  }
});

it('a stream there is not is 1226', async () => {
  await expect(server.client.getSuppressions('nothing')).rejects.toMatchObject({ code: 1226 });
  await expect(server.client.createSuppressions('nothing', entries('a@example.com'))).rejects.toMatchObject({ code: 1226 });
});

it.each([
  ['count=501&offset=0', 1400],
  ['count=x&offset=0', 1400],
  ['offset=0', 1401],
  ['count=1&offset=-1', 1402],
  ['count=1', 1403],
  ['SuppressionReason=Boredom', 1404],
  ['Origin=Elsewhere', 1405],
  ['fromdate=yesterday', 1407],
  ['EmailAddress=nonsense', 1408],
])('a dump with %s is %i', async (query, code) => {
  const answer = await postmark.call('GET', `/message-streams/outbound/suppressions/dump?${query}`, { server: server.token });
  expect(answer).toMatchObject({ status: 422, body: { ErrorCode: code } });
});

it('a dump may be paged, though nobody has to', async () => {
  await server.client.createSuppressions('outbound', entries('a@example.com', 'b@example.com', 'c@example.com'));
  const { body } = await postmark.call('GET', '/message-streams/outbound/suppressions/dump?count=1&offset=1', { server: server.token });
  expect(body).toMatchObject({ Suppressions: [{ EmailAddress: 'b@example.com' }] });
});

it('the unsubscription of a recipient cannot be deleted by the other reading of the record', async () => {
  postmark.world.settings.apply({ unsubscribeDeletable: false });
  const { MessageID } = await server.client.sendEmail(mailTo('a@example.com'));
  postmark.room.report({ messageId: MessageID, type: 'SubscriptionChange' });
  expect((await server.client.deleteSuppressions('outbound', entries('a@example.com'))).Suppressions[0]?.Status).toBe('Failed');
});

describe('with a lag', () => {
  const dumped = async () => (await server.client.getSuppressions('outbound')).Suppressions.map(({ EmailAddress }) => EmailAddress);
  beforeEach(() => postmark.world.settings.apply({ suppressionLagMs: 30_000 }));

  it('a change is answered at once and seen later, by the dump and by sends', async () => {
    expect((await server.client.createSuppressions('outbound', entries('a@example.com'))).Suppressions[0]?.Status).toBe('Suppressed');
    expect(await dumped()).toEqual([]);
    await server.client.sendEmail(mailTo('a@example.com'));
    await postmark.advanceMinutes(0.5);
    expect(await dumped()).toEqual(['a@example.com']);
    await expect(server.client.sendEmail(mailTo('a@example.com'))).rejects.toMatchObject({ code: 406 });
    await server.client.deleteSuppressions('outbound', entries('a@example.com'));
    expect(await dumped()).toEqual(['a@example.com']);
    await postmark.advanceMinutes(0.5);
    expect(await dumped()).toEqual([]);
  });

  it('changes keep their order, survive a restart, and do not outlive their server', async () => {
    await server.client.createSuppressions('outbound', entries('a@example.com', 'b@example.com'));
    await server.client.deleteSuppressions('outbound', entries('a@example.com'));
    const again = await startPostmark();
    again.room.restore(JSON.parse(JSON.stringify(postmark.room.save())));
    again.world.restore(JSON.parse(JSON.stringify(postmark.world.save())));
    await again.advanceMinutes(0.5);
    const { Suppressions } = await again.serverClient(server.token).getSuppressions('outbound');
    expect(Suppressions.map(({ EmailAddress }) => EmailAddress)).toEqual(['b@example.com']);
    await again.close();
    postmark.world.settings.apply({ serverDeletion: true });
    await postmark.account.deleteServer(server.id);
    await postmark.advanceMinutes(0.5);
    expect(JSON.stringify(postmark.room.save())).not.toContain('b@example.com');
  });
});
