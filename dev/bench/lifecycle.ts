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

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** As `route53.requestsPerSecond` is beside a sandbox, and by default. */
const budgets = { sandbox: 500, production: 4 } as const;

const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  provisioning: async () => {
    const free = await measureProvisioning(say, budgets.sandbox);
    return (await measureProvisioning(say, budgets.production)) && free;
  },
  waiting: () => measureWaiting(say),
  settled: () => measureSettled(say),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`postroute: there is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}\n`);
  process.exitCode = 2;
} else {
  let met = true;
  for (const [name, measure] of Object.entries(parts)) if (asked.length === 0 || asked.includes(name)) met = (await measure()) && met;
  if (!met) say('a bar was missed');
  process.exitCode = met ? 0 : 1;
}
