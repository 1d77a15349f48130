/** The same calls with the same seed make the same world; and a world that was put away goes on where it was. */
import { afterEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark, zone } from './postmarkWorld.ts';

const opened: PostmarkWorld[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((world) => world.close()));
});

async function open(seed: number): Promise<PostmarkWorld> {
  const postmark = await startPostmark(seed);
  opened.push(postmark);
  postmark.world.settings.apply({ bulkEnabled: true, dataRemovals: true });
  return postmark;
}

/** A little of everything, some of it still to come when it ends. */
async function live(postmark: PostmarkWorld): Promise<string> {
  const { id, client, token } = await postmark.newServer();
  await postmark.verifiedDomain();
  await postmark.account.createSenderSignature({ Name: 'Jo', FromEmail: `jo@signed.${zone}` });
  postmark.room.confirmSender(`jo@signed.${zone}`);
  postmark.room.changeToken({ server: id, action: 'generate' });
  await client.createTemplate({ Name: 'T', Alias: 't', Subject: '{{a}}', TextBody: '{{a}}' });
  await client.createMessageStream({ ID: 'news', Name: 'News', MessageStreamType: 'Broadcasts' });
  await client.archiveMessageStream('news');
  const { Subject: _subject, TextBody: _textBody, ...bare } = mailTo('b@example.com');
  await client.sendEmailWithTemplate({ ...bare, TemplateAlias: 't', TemplateModel: { a: 'x' } } as never);
  await client.sendBulkEmail({
    From: `x@acme.${zone}`,
    Subject: 's',
    TextBody: 't',
    Messages: [{ To: 'c@example.com' }, { To: 'd@example.com' }],
  } as never);
  await postmark.account.requestDataRemoval({ RequestedBy: 'me@example.com', RequestedFor: 'b@example.com', NotifyWhenCompleted: false });
  return token;
}

/** Real time runs a little differently each time: moments are left out. */
const timeless = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/20\d\d-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)/g, 'T')
    .replace(/\d{14}pm\._domainkey/g, 'S')
    .replace(/\d{13}/g, '0');

describe('the same seed', () => {
  it('makes the same state, byte for byte, and another seed another', async () => {
    const [one, two, three] = [await open(5), await open(5), await open(6)];
    for (const world of [one, two, three]) await live(world);
    for (const world of [one, two, three]) await world.advanceMinutes(90);
    expect(timeless(one.room.save()) === timeless(two.room.save())).toBe(true);
    expect(timeless(one.room.show())).toBe(timeless(two.room.show()));
    expect(timeless(one.room.save())).not.toBe(timeless(three.room.save()));
  });
});

describe('a world that was put away', () => {
  it('is the same world again, and what was to come still comes', async () => {
    const before = await open(5);
    const token = await live(before);
    const after = await open(7);
    after.world.restore(JSON.parse(JSON.stringify(before.world.save())));
    after.room.restore(JSON.parse(JSON.stringify(before.room.save())));
    expect(after.room.show()).toEqual(before.room.show());
    await after.advanceMinutes(61);
    expect(after.room.show()).toMatchObject({
      senders: [{ Confirmed: true }],
      dataRemovals: [{ Status: 'Done' }],
      servers: [{ ApiTokens: [token, expect.any(String)], templates: [{ Alias: 't' }], bulkRequests: [{ Status: 'Completed' }] }],
    });
    await after.advanceMinutes(45 * 24 * 60);
    expect((await after.serverClient(token).getMessageStreams({ includeArchivedStreams: true })).TotalCount).toBe(3);
  });

  it('of a version that had none of this is taken as it is', async () => {
    const postmark = await open(5);
    await live(postmark);
    const { senders: _s, dataRemovals: _d, templates: _t, bulk: _b, ...older } = postmark.room.save() as Record<string, never>;
    postmark.room.restore(older);
    expect(postmark.room.show()).toMatchObject({ senders: [], dataRemovals: [], servers: [{ templates: [], bulkRequests: [] }] });
  });

  it('reset is empty', async () => {
    const postmark = await open(5);
    await live(postmark);
    postmark.room.reset();
    postmark.world.reset();
    expect(postmark.room.show()).toMatchObject({ servers: [], domains: [], senders: [], dataRemovals: [] });
    await postmark.newServer();
    expect(postmark.room.show()).toMatchObject({ servers: [{ templates: [], bulkRequests: [] }] });
  });
});
