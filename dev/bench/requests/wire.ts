/** HTTP/1.1 by hand: clients refuse to send what a hostile one would. One connection, one request after the other. */
import { connect, type Socket } from 'node:net';
import type { GeneratedRequest } from './generate.ts';

export type WireAnswer = { status: number; headers: ReadonlyMap<string, string>; body: string };

const answerLimitMs = 30_000;
const headEnd = Buffer.from('\r\n\r\n');

const bytesOf = ({ method, target, headers, body }: GeneratedRequest, host: string): Buffer => {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (body !== null) lines.push(`Content-Length: ${body.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)]);
};

type Parsed = { answer: WireAnswer; used: number };

const chunkedBody = (bytes: Buffer): { text: string; used: number } | null => {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    const end = line + 2 + size + 2;
    if (end > bytes.length) return null;
    if (size === 0) return { text: Buffer.concat(parts).toString('utf8'), used: end };
    parts.push(bytes.subarray(line + 2, end - 2));
    at = end;
  }
};

/** The first whole answer in what has come, or null. */
const parse = (bytes: Buffer): Parsed | null => {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  const from = end + headEnd.length;
  // 100 Continue: the answer is yet to come.
  if (status < 200) {
    const rest = parse(bytes.subarray(from));
    return rest === null ? null : { ...rest, used: rest.used + from };
  }
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  if (headers.get('transfer-encoding') === 'chunked') {
    const body = chunkedBody(bytes.subarray(from));
    return body === null ? null : { answer: { status, headers, body: body.text }, used: from + body.used };
  }
  const length = Number(headers.get('content-length') ?? 0);
  if (bytes.length < from + length) return null;
  return { answer: { status, headers, body: bytes.subarray(from, from + length).toString('utf8') }, used: from + length };
};

/** An encoding of the transfer that is none: a server may answer what it read of the request, and then cannot know where the next one begins. */
const breaksFraming = ({ headers }: GeneratedRequest): boolean => headers.some(([name]) => name.toLowerCase() === 'transfer-encoding');

export type WireConnection = {
  /** Null when the other side closed without an answer. Throws when nothing came in time. */
  ask(request: GeneratedRequest): Promise<WireAnswer | null>;
  close(): void;
};

export const wireTo = (url: string): WireConnection => {
  const { hostname, port, host } = new URL(url);
  let socket: Socket | null = null;

  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const opening = connect(Number(port), hostname, () => {
        opening.off('error', reject);
        // What ends a connection is seen by its end; without a listener it would end the process.
        opening.on('error', () => undefined);
        opening.setNoDelay(true);
        resolve(opening);
      });
      opening.once('error', reject);
    });

  return {
    async ask(request) {
      const used = socket !== null && !socket.destroyed && socket.writable ? socket : await open();
      socket = used;
      const outcome = Promise.withResolvers<WireAnswer | null>();
      let bytes = Buffer.alloc(0);
      const timer = setTimeout(() => outcome.reject(new Error(`no answer within ${answerLimitMs} ms`)), answerLimitMs);
      const onData = (chunk: Buffer): void => {
        bytes = Buffer.concat([bytes, chunk]);
        const parsed = parse(bytes);
        if (parsed !== null) outcome.resolve(parsed.answer);
      };
      const onClose = (): void => outcome.resolve(null);
      used.on('data', onData);
      used.once('close', onClose);
      used.write(bytesOf(request, host));
      try {
        const answer = await outcome.promise;
        if (answer === null || answer.headers.get('connection') === 'close' || breaksFraming(request)) {
          used.destroy();
          socket = null;
        }
        return answer;
      } finally {
        clearTimeout(timer);
        used.off('data', onData);
        used.off('close', onClose);
      }
    },
    close: () => socket?.destroy(),
  };
};
