/** A webhook's other end: keeps what it got, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: Record<string, unknown>; at: number };

export type WebhookReceiver = {
  url: string;
  received: Received[];
  /** Of one kind, in order of arrival. */
  ofType(recordType: string): Received[];
  /** What is answered from now on; `null` cuts the connection after reading. */
  answerWith(answer: number | null | ((received: Received, response: ServerResponse) => void)): void;
  close(): Promise<void>;
};

export async function startReceiver(now: () => number = Date.now): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let answer: number | null | ((received: Received, response: ServerResponse) => void) = 200;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const entry: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? {} : JSON.parse(text),
      at: now(),
    };
    received.push(entry);
    if (answer === null) response.destroy();
    else if (typeof answer === 'number') response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    else answer(entry, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    ofType: (recordType) => received.filter(({ body }) => body['RecordType'] === recordType),
    answerWith: (next) => {
      answer = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const allTriggers = {
  Open: { Enabled: true, PostFirstOpenOnly: false },
  Click: { Enabled: true },
  Delivery: { Enabled: true },
  Bounce: { Enabled: true, IncludeContent: false },
  SpamComplaint: { Enabled: true, IncludeContent: false },
  SubscriptionChange: { Enabled: true },
};
