/**
 * `npm run bench -- lifecycle [provisioning | waiting | settled]`: what a fleet costs.
 *
 * provisioning: 500 configurations at once through the API, with the sandbox's free budget and with production's.
 * waiting: 10,000 configurations that wait for verification; what a minute of their looks costs.
 * settled: 100,000 settled configurations with history; how long listing, explain and asOf take.
 *
 * Each part has a Postgres, a sandbox and services of its own on this machine, which measures as well. Ends with 1 when a bar is missed.
 */
import { measureProvisioning } from './lifecycle/provisioning.ts';
import { measureSettled } from './lifecycle/settled.ts';
import { measureWaiting } from './lifecycle/waiting.ts';
import { measureParts } from './parts.ts';

/** As `route53.requestsPerSecond` is beside a sandbox, and by default. */
const budgets = { sandbox: 500, production: 4 } as const;

await measureParts(
  {
    provisioning: async (say) => {
      const free = await measureProvisioning(say, budgets.sandbox);
      return (await measureProvisioning(say, budgets.production)) && free;
    },
    waiting: measureWaiting,
    settled: measureSettled,
  },
  process.argv.slice(2),
);
