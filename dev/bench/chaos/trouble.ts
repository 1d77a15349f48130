/** The ways in which the outside goes wrong, each as often as the others, so that a share of all calls meets one. */

type Fault = {
  service: 'postmark' | 'route53' | 'webhook';
  kind: string;
  status?: number;
  errorCode?: number | string;
  delayMs?: number;
};

/** Longer than the service waits for an answer: the provider takes the message after its caller gave up. */
const slowBeyondMs = 1500;

const ways: readonly Fault[] = [
  { service: 'postmark', kind: 'timeout-before' },
  { service: 'postmark', kind: 'timeout-after' },
  { service: 'postmark', kind: 'cut' },
  { service: 'postmark', kind: 'status', status: 500, errorCode: 101 },
  { service: 'postmark', kind: 'status', status: 502 },
  { service: 'postmark', kind: 'status', status: 503, errorCode: 100 },
  { service: 'postmark', kind: 'throttle' },
  { service: 'postmark', kind: 'slow', delayMs: 200 },
  { service: 'postmark', kind: 'slow', delayMs: slowBeyondMs },
  { service: 'route53', kind: 'timeout-before' },
  { service: 'route53', kind: 'timeout-after' },
  { service: 'route53', kind: 'cut' },
  { service: 'route53', kind: 'throttle' },
  { service: 'route53', kind: 'status', status: 503, errorCode: 'ServiceUnavailable' },
  { service: 'webhook', kind: 'duplicate' },
  { service: 'webhook', kind: 'reorder' },
  { service: 'webhook', kind: 'drop' },
  { service: 'webhook', kind: 'timeout-before' },
  { service: 'webhook', kind: 'timeout-after' },
  { service: 'webhook', kind: 'status', status: 503 },
  { service: 'webhook', kind: 'slow', delayMs: 200 },
];

/** Faults are tried one after the other: each spares the same part of the calls, so that all of them together spare `1 - share`. */
export const troubleAt = (share: number): (Fault & { probability: number })[] =>
  ways.map((way) => {
    const together = ways.filter(({ service }) => service === way.service).length;
    return { ...way, probability: 1 - (1 - share) ** (1 / together) };
  });
