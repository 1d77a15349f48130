/** The story itself, in the order in which a tenant lives it. Every line tells what was answered, never what should have been. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { ConfigurationAnswer, JobAnswer } from './answers.ts';
import { configurationAnswer, jobAnswer, problemAnswer, sandboxMail, sandboxServers } from './answers.ts';
import { followConfiguration, followJob } from './follow.ts';
import type { Target } from './target.ts';
import type { Teller } from './teller.ts';
import { type Tenant, unexpected } from './tenant.ts';

/** `.example` is nobody's, ever (RFC 2606); the tenant in it makes an inbox of one mail. */
const customerOf = (tenant: Tenant): string => `ada@${tenant.name}.example`;
/** Postmark bounces these at once, hard. */
const bouncing = 'hardbounce@bounce-testing.postmarkapp.com';

export type TourFacts = { configurationEId: string; jobEId: string; customer: string; bouncing: string };

const message = (configurationEId: string, recipient: string, subject: string) => ({
  headers: { 'Idempotency-Key': randomUUID(), Prefer: 'wait=10' },
  body: { configurationEId, recipient, subject, textBody: 'Written by the tour.' },
});

async function fromSandbox<S extends z.ZodType>(target: Target, path: string, schema: S, signal: AbortSignal): Promise<z.output<S>> {
  const answer = await fetch(`${target.control}${path}`, { signal })
    .then((response) => response.json())
    .catch(() => null);
  const parsed = schema.safeParse(answer);
  if (!parsed.success)
    throw new Error(`the sandbox's control at ${target.control} does not answer GET ${path} as promised; is it that of ${target.url}?`);
  return parsed.data;
}

/** A control address of another sandbox would make every later line a riddle. */
async function sameSandbox(
  target: Target,
  { postmark: { serverId, serverName } }: ConfigurationAnswer,
  signal: AbortSignal,
): Promise<void> {
  const { postmark } = await fromSandbox(target, '/state', sandboxServers, signal);
  if (postmark.servers.some(({ ID, Name }) => ID === serverId && Name === serverName)) return;
  throw new Error(
    `the sandbox at ${target.control} does not know the server ${serverName}; give the control address of the sandbox that ${target.url} uses, with --control`,
  );
}

async function provision(tenant: Tenant, target: Target, teller: Teller, signal: AbortSignal): Promise<ConfigurationAnswer> {
  const body = { sendingDomainSlug: tenant.name, signatureRequest: { fromName: 'Tour', replyToEmail: 'support@customer.example' } };
  const created = await tenant.want(configurationAnswer, 'POST', '/configuration', { body });
  teller.line('create', `tenant ${tenant.name} asks for ${created.sendingDomain}: ${created.status}`);
  const started = await tenant.want(configurationAnswer, 'POST', `/configuration/${created.eId}/provision`, { body: {} });
  const ready = await followConfiguration(tenant, started, teller, signal);
  await sameSandbox(target, ready, signal);
  const unlocked = await tenant.want(configurationAnswer, 'POST', `/configuration/${created.eId}/unlock`, { body: { reason: 'the tour' } });
  teller.line('unlock', `${unlocked.status}: it can send`, 'good');
  return unlocked;
}

async function deliver(tenant: Tenant, target: Target, teller: Teller, eId: string, signal: AbortSignal): Promise<JobAnswer> {
  const sent = await tenant.want(jobAnswer, 'POST', '/job', message(eId, customerOf(tenant), 'Welcome'));
  teller.line('send', `"${sent.subject}" to ${sent.recipient}: ${sent.status}`);
  const delivered = await followJob(tenant, sent, 'DELIVERED', signal);
  teller.line('send', `${delivered.status}, says Postmark's webhook`, 'good');
  const { items } = await fromSandbox(target, `/mail?jobId=${delivered.eId}`, sandboxMail, signal);
  const [mail] = items;
  if (mail !== undefined) teller.line('send', `in the inbox of ${mail.To}: from ${mail.From}`);
  return delivered;
}

async function bounce(tenant: Tenant, target: Target, teller: Teller, eId: string, signal: AbortSignal): Promise<void> {
  const sent = await tenant.want(jobAnswer, 'POST', '/job', message(eId, bouncing, 'Welcome back'));
  teller.line('bounce', `to ${sent.recipient}: ${sent.status}`);
  const bounced = await followJob(tenant, sent, 'BOUNCED', signal);
  teller.line('bounce', `${bounced.status}: the address is suppressed for this tenant`);
  const refused = await tenant.call('POST', '/job', message(eId, bouncing, 'Welcome again'));
  const problem = problemAnswer.safeParse(refused.body);
  if (refused.status !== 403 || !problem.success) throw unexpected(target, 'POST', '/job', refused);
  teller.line('refuse', `the next one is answered ${refused.status} ${problem.data.code}, before Postmark is asked`, 'good');
}

export async function walk(tenant: Tenant, target: Target, teller: Teller, signal: AbortSignal): Promise<TourFacts> {
  teller.block(['', 'A tenant, from nothing to delivered mail', `  service  ${target.url}`, `  sandbox  ${target.control}`, '']);
  teller.begin();
  const { eId } = await provision(tenant, target, teller, signal);
  const delivered = await deliver(tenant, target, teller, eId, signal);
  await bounce(tenant, target, teller, eId, signal);
  return { configurationEId: eId, jobEId: delivered.eId, customer: customerOf(tenant), bouncing };
}
