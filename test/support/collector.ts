/** A collector of traces: takes OTLP over HTTP as JSON, and shows the spans that came. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type CollectedSpan = {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer */
  kind: number;
  facts: Record<string, unknown>;
  failure: string | undefined;
  seconds: number;
};

export type Collector = {
  url: string;
  spans(): CollectedSpan[];
  /** Everything that came, as text: for what must not be in it. */
  text(): string;
  headers(): IncomingHttpHeaders[];
  resources(): Record<string, unknown>[];
  close(): Promise<void>;
};

type Attribute = { key: string; value: Record<string, unknown> };
type WireSpan = {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  status?: { code?: number; message?: string };
};
type WireBody = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: WireSpan[] }[] }[] };

const factsOf = (attributes: readonly Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

const spanOf = ({ name, traceId, spanId, parentSpanId, kind, attributes, status, ...times }: WireSpan): CollectedSpan => ({
  name,
  traceId,
  spanId,
  parentSpanId,
  kind,
  facts: factsOf(attributes),
  failure: status?.code === 2 ? (status.message ?? '') : undefined,
  seconds: Number(BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano)) / 1e9,
});

/** `status`: what it answers. */
export async function startCollector(status: () => number = () => 200): Promise<Collector> {
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.writeHead(status(), { 'content-type': 'application/json' }).end('{}');
    if (request.url !== '/v1/traces') throw new Error(`spans were sent to ${request.url}`);
    bodies.push(body);
    headers.push(request.headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const parsed = (): WireBody['resourceSpans'] => bodies.flatMap((body) => (JSON.parse(body) as WireBody).resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => parsed().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map(spanOf))),
    text: () => bodies.join('\n'),
    headers: () => headers,
    resources: () => parsed().map(({ resource }) => factsOf(resource.attributes)),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
