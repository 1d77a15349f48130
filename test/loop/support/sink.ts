/** Takes what is sent to Sentry or to a collector of traces, answers 200, and keeps every byte as it came. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type Sink = {
  url: string;
  /** Bodies, unpacked, in the order of their arrival; null: of every path. */
  received(pathPart?: string): string[];
  close(): Promise<void>;
};

export async function openSink(): Promise<Sink> {
  const kept: { path: string; text: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      // Every byte is one character, so that nothing is lost of what is not text.
      kept.push({ path: request.url ?? '', text: plain.toString('latin1') });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received: (pathPart = '') => kept.filter(({ path }) => path.includes(pathPart)).map(({ text }) => text),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
