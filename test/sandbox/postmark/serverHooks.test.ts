import { afterEach, beforeEach, expect, it } from 'vitest';
import { type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
});
afterEach(() => postmark.close());

const url = (name: string) => `https://example.com/${name}`;
const hooks = async () => {
  const { BounceHookUrl, OpenHookUrl, DeliveryHookUrl, ClickHookUrl } = await server.client.getServer();
  return [BounceHookUrl, OpenHookUrl, DeliveryHookUrl, ClickHookUrl];
};
/** The triggers that are on, by webhook. */
const webhooks = async () =>
  (await server.client.getWebhooks()).Webhooks.map(({ Url, MessageStream, Triggers }) => [
    Url,
    MessageStream,
    Object.entries(Triggers ?? {}).flatMap(([name, { Enabled }]) => (Enabled ? [name] : [])),
  ]);

it('a hook URL of a server is a webhook of its default stream', async () => {
  await server.client.editServer({ BounceHookUrl: url('a'), DeliveryHookUrl: url('a'), OpenHookUrl: url('b') });
  expect(await webhooks()).toEqual([
    [url('a'), 'outbound', ['Delivery', 'Bounce']],
    [url('b'), 'outbound', ['Open']],
  ]);
  expect(await hooks()).toEqual([url('a'), url('b'), url('a'), '']);
});

it('a server can be made with hook URLs', async () => {
  const { client } = await postmark.newServer('hooked', { ClickHookUrl: url('c') });
  expect((await client.getWebhooks()).Webhooks).toMatchObject([{ Url: url('c'), Triggers: { Click: { Enabled: true } } }]);
});

it('a webhook of the default stream shows in the server, and one of another stream does not', async () => {
  const { ID } = await server.client.createWebhook({ Url: url('w'), Triggers: { Bounce: { Enabled: true }, Click: { Enabled: true } } });
  await server.client.createWebhook({ Url: url('x'), MessageStream: 'broadcast', Triggers: { Open: { Enabled: true } } });
  expect(await hooks()).toEqual([url('w'), '', '', url('w')]);
  await server.client.editWebhook(ID, { Triggers: { Bounce: { Enabled: false }, Delivery: { Enabled: true } } });
  expect(await hooks()).toEqual(['', '', url('w'), url('w')]);
  await server.client.deleteWebhook(ID);
  expect(await hooks()).toEqual(['', '', '', '']);
});

it('another URL moves its trigger alone; an empty one ends it, and a webhook without triggers goes', async () => {
  await server.client.createWebhook({ Url: url('w'), Triggers: { Bounce: { Enabled: true }, Click: { Enabled: true } } });
  await server.client.editServer({ BounceHookUrl: url('new') });
  expect(await webhooks()).toEqual([
    [url('w'), 'outbound', ['Click']],
    [url('new'), 'outbound', ['Bounce']],
  ]);
  await server.client.editServer({ ClickHookUrl: '' });
  expect(await webhooks()).toEqual([[url('new'), 'outbound', ['Bounce']]]);
  expect(await hooks()).toEqual([url('new'), '', '', '']);
});

it('an edit that says nothing of hooks leaves them alone', async () => {
  await server.client.createWebhook({ Url: url('w'), Triggers: { Bounce: { Enabled: true } } });
  await server.client.editServer({ Color: 'red' });
  expect(await hooks()).toEqual([url('w'), '', '', '']);
});

it('content and first opens are said in both places', async () => {
  await server.client.editServer({
    BounceHookUrl: url('a'),
    OpenHookUrl: url('a'),
    IncludeBounceContentInHook: true,
    PostFirstOpenOnly: true,
  });
  const [webhook] = (await server.client.getWebhooks()).Webhooks;
  expect(webhook?.Triggers).toMatchObject({ Bounce: { IncludeContent: true }, Open: { PostFirstOpenOnly: true } });
  await server.client.editWebhook(webhook?.ID ?? 0, { Triggers: { Open: { Enabled: true, PostFirstOpenOnly: false } } });
  expect(await server.client.getServer()).toMatchObject({ IncludeBounceContentInHook: true, PostFirstOpenOnly: false });
});
