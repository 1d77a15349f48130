/**
 * How a metric is declared: once, by its dotted name; Prometheus is given the same with underscores. Labels are closed lists of words, never an
 * address or an id: each new value of a label is a time series for ever.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export const prometheusName = (name: string): string => name.replaceAll('.', '_');

export type DeclaredMetric = {
  /** The dotted one. */
  name: string;
  kind: 'counter' | 'gauge' | 'histogram';
  help: string;
  /** What each label may say; null: words of the code, known when they happen. */
  labels: Readonly<Record<string, readonly string[] | null>>;
};

/** By Prometheus name, which cannot be turned back: an underscore may have been one. */
const declarations = new Map<string, DeclaredMetric>();
export const dottedName = (declared: string): string | undefined => declarations.get(declared)?.name;
/** Every metric that was declared so far, in order. */
export const declaredMetrics = (): DeclaredMetric[] => [...declarations.values()];

function declared(metric: DeclaredMetric): string {
  declarations.set(prometheusName(metric.name), metric);
  return prometheusName(metric.name);
}

/** Closed lists of what a label may say; with a list given, each series exists from the start at zero, so that a first failure is a rise. */
type Labels<L extends string> = { readonly [K in L]: readonly string[] | null };

export function counter<L extends string = never>(registry: Registry, name: string, help: string, labels?: Labels<L>): Counter<L> {
  const made = new Counter<L>({
    name: declared({ kind: 'counter', name, help, labels: labels ?? {} }),
    help,
    labelNames: labelNames(labels),
    registers: [registry],
  });
  startAtZero(labels, (label, value) => made.inc({ [label]: value } as Record<L, string>, 0));
  return made;
}

export function gauge<L extends string = never>(registry: Registry, name: string, help: string, labels?: Labels<L>): Gauge<L> {
  const made = new Gauge<L>({
    name: declared({ kind: 'gauge', name, help, labels: labels ?? {} }),
    help,
    labelNames: labelNames(labels),
    registers: [registry],
  });
  startAtZero(labels, (label, value) => made.set({ [label]: value } as Record<L, string>, 0));
  return made;
}

export function histogram<L extends string = never>(
  registry: Registry,
  name: string,
  help: string,
  buckets: readonly number[],
  labels?: Labels<L>,
): Histogram<L> {
  return new Histogram<L>({
    name: declared({ kind: 'histogram', name, help, labels: labels ?? {} }),
    help,
    labelNames: labelNames(labels),
    buckets: [...buckets],
    registers: [registry],
  });
}

const labelNames = <L extends string>(labels: Labels<L> | undefined): L[] => Object.keys(labels ?? {}) as L[];

/** Only metrics with one label: the combinations of several are known when they happen. */
function startAtZero<L extends string>(labels: Labels<L> | undefined, start: (label: L, value: string) => void): void {
  const [only, ...others] = labelNames(labels);
  if (labels === undefined || only === undefined || others.length > 0) return;
  for (const value of labels[only] ?? []) start(only, value);
}
