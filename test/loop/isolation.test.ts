/** One tenant's trouble is that tenant's alone. Calls hang as long as they may, so that whoever waits behind one is seen to wait. */
import { afterEach, expect, test } from 'vitest';
import { until } from './support/until.ts';
import { sharedWorld } from './support/world.ts';

const world = sharedWorld([], { EMAIL_POSTMARK_TIMEOUT_SECONDS: '12', EMAIL_AWS_TIMEOUT_SECONDS: '12', EMAIL_LOG_LEVEL: 'fatal' });

afterEach(() => world().control.clearFaults());

/** Well below the time-out of a hanging call, well above what a busy machine needs for a call that does not hang. */
const soonMs = 8000;

const called = (operation: string, more: number) =>
  until(
    `${operation} is called`,
    async () => (await world().control.state()).calls.postmark[operation] ?? 0,
    (calls) => calls >= more,
  );

const callsOf = async (operation: string): Promise<number> => (await world().control.state()).calls.postmark[operation] ?? 0;

test("a server that does not answer delays no other tenant's mail", async () => {
  const { sender, control } = world();
  const [slow, brisk] = [await sender(), await sender()];
  const { postmark } = await slow.record();
  const before = await callsOf('POST /email');
  await control.fault({
    service: 'postmark',
    operation: 'POST /email',
    kind: 'timeout-before',
    ...(postmark.serverId === null ? {} : { server: postmark.serverId }),
  });
  await slow.send();
  await called('POST /email', before + 1);
  const { body } = await brisk.send();
  await brisk.untilJob(body.eId, 'DELIVERED', soonMs);
});

test('a provisioning call that does not answer delays no other configuration', async () => {
  const { actor, control } = world();
  const before = await callsOf('POST /servers');
  await control.fault({ service: 'postmark', operation: 'POST /servers', kind: 'timeout-before', times: 1 });
  await actor({ provision: true });
  await called('POST /servers', before + 1);
  const brisk = await actor({ provision: true });
  await brisk.untilStatus('LOCKED', soonMs);
});

test('a look-up that does not answer delays no other look-up', async () => {
  const { sender, control } = world();
  const [slow, brisk] = [await sender(), await sender()];
  await control.settings({ autoDeliver: false });
  await control.fault({ service: 'postmark', operation: 'POST /email', kind: 'cut', times: 2 });
  const [first, second] = [await slow.send(), await brisk.send()];
  await slow.untilJob(first.body.eId, 'HELD');
  await brisk.untilJob(second.body.eId, 'HELD');
  const { postmark } = await slow.record();
  await control.fault({
    service: 'postmark',
    operation: 'GET /messages/outbound',
    kind: 'timeout-before',
    ...(postmark.serverId === null ? {} : { server: postmark.serverId }),
  });
  await control.advance(50);
  await brisk.untilJob(second.body.eId, 'SENT', soonMs);
  await control.settings({ autoDeliver: true });
});

test('mail is accepted, and answered at once, while Postmark hangs', async () => {
  const { sender, control } = world();
  const acme = await sender();
  await control.fault({ service: 'postmark', kind: 'timeout-before' });
  const from = performance.now();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => acme.send(`reader${n}@example.com`)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(performance.now() - from).toBeLessThan(soonMs);
});
