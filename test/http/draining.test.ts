/** The beginning of a stop, seen from a connection that its caller keeps open. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { basePath } from '../../service/http/basePath.ts';
import { connectionDrain } from '../../service/http/connectionDrain.ts';
import { createTestDatabase } from '../support/database.ts';
import { operatorKey, testApp } from './support/testApp.ts';

const database = await createTestDatabase();

const opened = async (address: string): Promise<Socket> => {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
};

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${operatorKey}\r\n\r\n`;

/** Everything until the service closes the connection. */
const untilClosed = async (socket: Socket): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

test('what an open connection still brings is served, and told to come again elsewhere; readiness says no; the end comes with the last connection', async () => {
  const drain = connectionDrain();
  const { app } = await testApp(database, () => ({ isDraining: drain.hasBegun }));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const [calling, probing] = [await opened(address), await opened(address)];
  const over = drain.run(app.server, 60_000);
  calling.write(get(`${basePath}/configuration`));
  probing.write(get('/readyz'));
  const [called, probed] = await Promise.all([untilClosed(calling), untilClosed(probing)]);
  expect(called).toMatch(/^HTTP\/1\.1 200 /);
  expect(called).toMatch(/^connection: close\r$/im);
  expect(probed).toMatch(/^HTTP\/1\.1 503 /);
  // Not after sixty seconds: nobody is there any more.
  await over;
  await app.close();
});

test('a connection that brings nothing is waited for until the limit, and then closed', async () => {
  const drain = connectionDrain();
  const { app } = await testApp(database, () => ({ isDraining: drain.hasBegun }));
  const idle = await opened(await app.listen({ host: '127.0.0.1', port: 0 }));
  await drain.run(app.server, 30);
  expect(idle.readyState).toBe('open');
  await app.close();
  expect(await untilClosed(idle)).toBe('');
});
