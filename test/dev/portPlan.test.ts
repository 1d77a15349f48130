import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { planPorts, portNames, portTable, takenPorts } from '../../dev/start/portPlan.ts';

/** Holds a port for the length of a test; somebody else who holds it already does as well. */
async function holdTcp(port: number): Promise<void> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
}

async function holdUdp(port: number): Promise<void> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve());
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, resolve);
  });
}

const moving = portNames.filter((name) => portTable[name].moves === true);

test('the doors that not everyone needs make way when their usual port is taken, and others do not', async () => {
  expect(moving).toEqual(['smtp', 'resolver', 'aws']);
  await holdTcp(portTable.smtp.fallback ?? 0);
  // Taken for one of its two protocols is taken.
  await holdUdp(portTable.resolver.fallback ?? 0);
  await holdTcp(portTable.aws.fallback ?? 0);
  await holdTcp(portTable.kms.fallback ?? 0);
  const planned = await planPorts({}, false);
  expect(moving.map((name) => planned[name])).toEqual([0, 0, 0]);
  expect(planned.kms).toBe(portTable.kms.fallback);
  expect(await takenPorts(planned)).toContainEqual(
    expect.stringMatching(/^port 4581 of 127\.0\.0\.1 is taken; it is for the sandbox's KMS\./),
  );
});

test('a port that somebody chose stays, taken or not: the start says so and ends', async () => {
  const port = await freePort();
  await holdTcp(port);
  const planned = await planPorts({ smtp: port }, false);
  expect(planned.smtp).toBe(port);
  expect(await takenPorts({ smtp: planned.smtp })).toEqual([
    `port ${port} of 127.0.0.1 is taken; it is for the sandbox's SMTP door of Postmark. Free it, or choose another with --smtp-port N or POSTROUTE_SMTP_PORT=N`,
  ]);
});

test('a temporary start takes free ports for everything that nobody chose', async () => {
  const planned = await planPorts({ aws: 4 }, true);
  expect(planned).toEqual({ ...Object.fromEntries(portNames.map((name) => [name, 0])), aws: 4 });
});
