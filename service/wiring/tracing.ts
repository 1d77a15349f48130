/** The tracer of this process, from its settings. */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../config/schema.ts';
import { type OpenTracer, openTelemetry } from '../ports/openTelemetry.ts';
import type { Observer } from '../work/observer.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export const openTracing = ({ tracing, partition }: Settings, observe: Observer): Promise<OpenTracer> =>
  openTelemetry({
    endpoint: tracing.endpoint,
    headers: headersOf(tracing.headers),
    sampleRatio: tracing.sampleRatio,
    partition,
    version,
    onFault: (error) => observe.trouble('traces', error),
  });

/** `name=value`, separated by commas; values may be percent-encoded, as OpenTelemetry has it. */
export const headersOf = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? '').split(',').flatMap((pair) => {
      const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return name === undefined || value === undefined ? [] : [[name, decoded(value)]];
    }),
  );

const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};
