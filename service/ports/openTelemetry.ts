/**
 * OpenTelemetry traces, to an OTLP/HTTP collector. Guarantee: recording never fails and never blocks; without a collector nothing is imported at all; a
 * span holds what its caller says and nothing else, because no instrumentation is installed that could collect a header, a path or a query.
 *
 * Mechanism: the SDK's tracer with a batch processor; spans are made by hand and their parents are handed on explicitly, in rows where a process or a
 * crash lies between, so that no context manager is needed. A crash loses what has not been exported; a collector that is away costs the oldest spans.
 */
import type { Context, Tracer as VendorTracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Span, SpanFacts, SpanKind, SpanOpening, Tracer } from './ports.ts';

export type TracingOptions = {
  /** The collector's address, without `/v1/traces`; undefined: nothing is traced. */
  endpoint: string | undefined;
  headers: Readonly<Record<string, string>>;
  /** Of the traces that begin here; what a caller has decided stands. */
  sampleRatio: number;
  partition: string;
  version: string;
  /** Told when the collector stops taking spans, once until it takes them again. */
  onFault: (error: unknown) => void;
};

export interface OpenTracer extends Tracer {
  /** Sends what is waiting, for at most this long. */
  close(timeoutMs: number): Promise<void>;
}

const unrecorded: Span = { traceParent: null, end: () => undefined };
export const noTracer: OpenTracer = { begin: () => unrecorded, record: () => undefined, close: async () => undefined };

/** A collector is told in at most this long; a dead one must not pile up calls. */
const exportTimeoutMs = 5000;
/** A trace is looked at minutes later, so that spans may gather; fewer calls than a call a second. */
const gatherMs = 2000;

export async function openTelemetry(options: TracingOptions): Promise<OpenTracer> {
  if (options.endpoint === undefined) return noTracer;
  const { ROOT_CONTEXT, SpanKind: kinds, SpanStatusCode, trace } = await import('@opentelemetry/api');
  const provider = await openProvider(options, options.endpoint);
  const tracer = provider.getTracer('postroute', options.version);
  const contextOf = (parent: string | null): Context => {
    const parsed = parent === null ? null : parseTraceParent(parent);
    return parsed === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...parsed, isRemote: true });
  };
  const kindOf = (kind: SpanKind) => kinds[kind.toUpperCase() as Uppercase<SpanKind>];
  const start = ({ name, kind, parent }: SpanOpening, attributes: SpanFacts, startTime?: number): ReturnType<VendorTracer['startSpan']> =>
    tracer.startSpan(name, { kind: kindOf(kind), attributes, ...(startTime === undefined ? {} : { startTime }) }, contextOf(parent));
  const finish = (span: ReturnType<typeof start>, failure: string | null): void => {
    if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    span.end();
  };
  return {
    begin(opening, facts) {
      const span = start(opening, facts);
      if (!span.isRecording()) return unrecorded;
      const { traceId, spanId } = span.spanContext();
      return {
        traceParent: `00-${traceId}-${spanId}-01`,
        end(more, failure) {
          span.setAttributes(more);
          finish(span, failure);
        },
      };
    },
    record({ seconds, ...opening }, facts, failure) {
      if (opening.parent?.endsWith('-01') !== true) return;
      finish(start(opening, facts, Date.now() - seconds * 1000), failure);
    },
    async close(timeoutMs) {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
    },
  };
}

const traceParentPattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Null for anything else than version 00: it would begin a trace of its own. */
function parseTraceParent(text: string): { traceId: string; spanId: string; traceFlags: number } | null {
  const [, traceId, spanId, flags] = traceParentPattern.exec(text) ?? [];
  return traceId === undefined || spanId === undefined ? null : { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16) & 1 };
}

async function openProvider({ headers, sampleRatio, partition, version, onFault }: TracingOptions, endpoint: string) {
  const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = watched(new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: exportTimeoutMs }), onFault);
  return new TracerProvider({
    // Named here, since the detectors would add the host's name and the process's arguments.
    resource: resourceFromAttributes({ 'service.name': 'postroute', 'service.version': version, 'deployment.environment.name': partition }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: gatherMs, exportTimeoutMillis: exportTimeoutMs })],
  });
}

function watched(exporter: SpanExporter, onFault: (error: unknown) => void): SpanExporter {
  let failing = false;
  return {
    export: (spans, told) =>
      exporter.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed && !failing) onFault(result.error);
        failing = failed;
        told(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
