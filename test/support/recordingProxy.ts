/** Stands between the service and an endpoint, hands everything on, and remembers what was asked. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireCall } from './awsCalls.ts';

export type RecordingProxy = { url: string; calls: WireCall[]; close(): Promise<void> };

export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const calls: WireCall[] = [];
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const body = Buffer.concat(chunks);
      calls.push({ method, path: url, headers, body: body.toString('utf8') });
      const { host: _host, connection: _connection, ...rest } = headers;
      const onward = request(new URL(url, target), { method, headers: rest }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, calls, close };
}
