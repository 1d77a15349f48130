/** Looks again and again at one thing until it is where it should be, and says each change once. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ConfigurationAnswer, configurationAnswer, explainAnswer, type JobAnswer, jobAnswer } from './answers.ts';
import type { Teller } from './teller.ts';
import type { Tenant } from './tenant.ts';

/** A step takes some 50 ms beside the sandbox; looking more rarely would miss some. */
const lookMs = 20;
/** Three looks of the verification, which come every 30 s. */
const configurationLimitMs = 100_000;
const jobLimitMs = 30_000;

const steps: Readonly<Record<string, { step: string; text: string }>> = {
  createServer: { step: 'provision', text: 'a Postmark server of its own' },
  createDomain: { step: 'provision', text: 'its sending domain at Postmark' },
  installWebhook: { step: 'provision', text: 'the webhook that brings back what becomes of its mail' },
  writeRecords: { step: 'provision', text: 'its DKIM and Return-Path records, written to Route 53' },
  recordsInSync: { step: 'provision', text: 'Route 53, to serve them everywhere' },
  dkimAndReturnPathVerified: { step: 'verify', text: 'Postmark, to see both records' },
  dkimVerified: { step: 'verify', text: 'Postmark, to see the DKIM record' },
  returnPathVerified: { step: 'verify', text: 'Postmark, to see the Return-Path record' },
  unwind: { step: 'provision', text: 'what was made to be taken back' },
};

const clockTime = (iso: string): string => `${iso.slice(11, 19)}Z`;

function describe({ waitingOn }: ConfigurationAnswer): { step: string; text: string } | null {
  if (waitingOn === null || waitingOn.what === 'operator') return null;
  const { step, text } = steps[waitingOn.what] ?? { step: 'provision', text: waitingOn.what };
  const next = step === 'verify' && waitingOn.nextLook !== null ? `; next look at ${clockTime(waitingOn.nextLook)}` : '';
  return { step, text: `waits for ${text} (${waitingOn.what}${next})` };
}

async function whyNot(tenant: Tenant, path: string): Promise<string> {
  const { fix } = await tenant.want(explainAnswer, 'GET', `${path}/explain`);
  return fix?.text ?? 'GET explain names no reason';
}

/** Resolves when an operator's `unlock` is all that is missing. */
export async function followConfiguration(
  tenant: Tenant,
  started: ConfigurationAnswer,
  teller: Teller,
  signal: AbortSignal,
): Promise<ConfigurationAnswer> {
  const path = `/configuration/${started.eId}`;
  const deadline = performance.now() + configurationLimitMs;
  let told = '';
  for (let now = started; performance.now() < deadline; now = await tenant.want(configurationAnswer, 'GET', path)) {
    const found = describe(now);
    if (found !== null && found.text !== told) teller.line(found.step, found.text);
    told = found?.text ?? told;
    if (now.waitingOn?.signal === 'unlock') {
      teller.line('verify', `both are verified; it is ${now.status}, and waits for an operator's unlock`, 'good');
      return now;
    }
    if (now.waitingOn?.what === 'operator') throw new Error(`${now.sendingDomain} is ${now.status}. ${await whyNot(tenant, path)}`);
    await delay(lookMs, undefined, { signal });
  }
  throw new Error(`${started.sendingDomain} is not verified after ${configurationLimitMs / 1000} s. ${await whyNot(tenant, path)}`);
}

export async function followJob(tenant: Tenant, job: JobAnswer, wanted: string, signal: AbortSignal): Promise<JobAnswer> {
  const deadline = performance.now() + jobLimitMs;
  let now = job;
  while (now.status !== wanted) {
    if (performance.now() > deadline) {
      const why = now.lastError === null ? '' : ` (${now.lastError.message})`;
      throw new Error(
        `the job ${job.eId} is ${now.status}${why}, not ${wanted}, after ${jobLimitMs / 1000} s; GET /job/${job.eId}/timeline tells its story`,
      );
    }
    await delay(lookMs, undefined, { signal });
    now = await tenant.want(jobAnswer, 'GET', `/job/${job.eId}`);
  }
  return now;
}
