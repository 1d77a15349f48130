/** Requests by route pattern; an unmatched path is `unmatched`, so that a scanner cannot make a time series per guess. */
import type { Registry } from 'prom-client';
import { histogram } from './declare.ts';

/** The goal for accept at p99 is 10 ms, its bar 25 ms. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export const httpMetrics = (registry: Registry) => ({
  requestDuration: histogram(registry, 'http.request.duration.seconds', 'From the request’s head to the reply’s end', requestBuckets, {
    method: null,
    route: null,
    status: null,
  }),
});
