import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToken, mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
beforeEach(async () => {
  postmark = await startPostmark();
});
afterEach(() => postmark.close());

const gone = 'hardbounce@bounce-testing.postmarkapp.com';
const request = (RequestedFor = gone) =>
  postmark.account.requestDataRemoval({ RequestedBy: 'me@example.com', RequestedFor, NotifyWhenCompleted: true });
const call = (method: string, path: string, body?: object) => postmark.call(method, path, { account: accountToken, body: body as never });

describe('a data removal', () => {
  it('is 1302 until Postmark’s support has switched it on', async () => {
    await expect(request()).rejects.toMatchObject({ code: 1302, statusCode: 422 });
    expect((await call('GET', '/data-removals/1')).body).toMatchObject({ ErrorCode: 1302 });
  });

  it('is Pending, then Done, and the recipient is forgotten on every server, others and suppressions are not', async () => {
    postmark.world.settings.apply({ dataRemovals: true });
    const servers = [await postmark.newServer('one'), await postmark.newServer('two')];
    await postmark.verifiedDomain();
    for (const { client } of servers) {
      await client.sendEmail(mailTo(gone));
      await client.sendEmail(mailTo('other@example.com'));
    }
    await postmark.settle();
    const { ID, Status } = await request(gone.toUpperCase());
    expect(Status).toBe('Pending');
    expect(await postmark.account.getDataRemovalStatus(ID)).toEqual({ ID, Status: 'Pending' });
    await postmark.advanceMinutes(61);
    expect(await postmark.account.getDataRemovalStatus(ID)).toEqual({ ID, Status: 'Done' });
    expect(postmark.room.show()).toMatchObject({ dataRemovals: [{ ID, RequestedFor: gone.toUpperCase(), Status: 'Done' }] });
    for (const { client } of servers) {
      const { Messages } = await client.getOutboundMessages();
      expect(Messages.map(({ Recipients }) => Recipients)).toEqual([['other@example.com']]);
      expect((await client.getBounces()).TotalCount).toBe(0);
      expect((await client.getSuppressions('outbound')).Suppressions).toMatchObject([{ EmailAddress: gone }]);
    }
  });

  it('takes opens and clicks along', async () => {
    postmark.world.settings.apply({ dataRemovals: true });
    const { client } = await postmark.newServer();
    await postmark.verifiedDomain();
    for (const to of ['a@example.com', 'b@example.com']) {
      const { MessageID } = await client.sendEmail(mailTo(to, { TrackOpens: true, HtmlBody: '<p>Hi</p>' }));
      postmark.room.report({ messageId: MessageID, type: 'Open' });
    }
    await request('a@example.com');
    expect((await client.getMessageOpens()).TotalCount).toBe(2);
    await postmark.advanceMinutes(61);
    expect((await client.getMessageOpens()).Opens.map(({ Recipient }) => Recipient)).toEqual(['b@example.com']);
  });

  it.each([
    [undefined, 1300],
    [{ RequestedBy: 'me@example.com' }, 1300],
    [{ RequestedBy: 'me', RequestedFor: 'you@example.com' }, 1300],
    [{ RequestedBy: 'me@example.com', RequestedFor: 'you@example.com', NotifyWhenCompleted: 'yes' }, 402],
    [{ RequestedBy: 'me@example.com', RequestedFor: 'you@example.com', Scope: 'server' }, 403],
  ])('of %o is %i', async (body, code) => {
    postmark.world.settings.apply({ dataRemovals: true });
    const answer = await call('POST', '/data-removals', body);
    expect([answer.status, answer.body]).toMatchObject([422, { ErrorCode: code }]);
  });

  it('of an unknown id is 1301', async () => {
    postmark.world.settings.apply({ dataRemovals: true });
    await expect(postmark.account.getDataRemovalStatus(7)).rejects.toMatchObject({ code: 1301 });
  });
});
