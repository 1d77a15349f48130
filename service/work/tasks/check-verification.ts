/**
 * One look at whether the domain has verified. Idempotent: a look changes nothing outside but Postmark's own flags.
 *
 * Our own probe of the authoritative servers comes first. Postmark is asked to verify when the probe sees both records, and otherwise on every fourth
 * poll; in between, its flags come from a list that all waiting domains share. The window ends with a last look, never without one.
 */
import type { DnsObservation } from '../../core/configuration/dnsObservation.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import type { EffectClaim } from '../../store/effects.ts';
import { sharedDomainFlags } from '../domainFlags.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

const askEveryPolls = 4;

type Flags = { dkim: boolean; returnPath: boolean };

export const checkVerification = async (ctx: WorkContext, _claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  if (c.operational !== 'AWAITING_VERIFICATION') return { kind: 'nothing', why: 'not awaiting verification' };
  const probed = await probe(ctx, c);
  const ask = (probed.dkim && probed.returnPath) || (c.verificationPolls + 1) % askEveryPolls === 0;
  const { flags, evidence } = await providerFlags(ctx, c, ask);
  if (flags.dkim && flags.returnPath) return { kind: 'event', event: { type: 'Verified' } };
  const deadline = (c.verificationStartedAt ?? c.operationalSince).getTime() + ctx.settings.pollingTimeoutHours * 3_600_000;
  const type = ctx.now().getTime() >= deadline ? 'VerificationTimedOut' : 'VerificationChecked';
  return { kind: 'event', event: { type, ...flags, evidence: `${probed.evidence}; ${evidence}` } };
};

const probe = async (ctx: WorkContext, c: Configuration): Promise<Flags & { evidence: string }> => {
  const [dkim, returnPath] = await Promise.all([
    c.dkimName === null ? absent : ctx.ports.probe.txt(c.dkimName),
    c.returnPathName === null ? absent : ctx.ports.probe.cname(c.returnPathName),
  ]);
  const dkimSeen = shows(dkim, c.dkimValue);
  const returnPathSeen = shows(returnPath, c.returnPathValue);
  return {
    dkim: dkimSeen,
    returnPath: returnPathSeen,
    evidence: `our name servers: DKIM ${said(dkim, dkimSeen)}, Return-Path ${said(returnPath, returnPathSeen)}`,
  };
};

const absent: DnsObservation = { kind: 'absent' };

const plain = (value: string): string => value.replace(/\.$/, '');

const shows = (observed: DnsObservation, expected: string | null): boolean =>
  observed.kind === 'present' && expected !== null && observed.values.some((value) => plain(value) === plain(expected));

const said = (observed: DnsObservation, matches: boolean): string => {
  if (observed.kind === 'unreachable') return `unreachable (${observed.reason})`;
  if (observed.kind === 'absent') return 'absent';
  return matches ? 'present' : 'present with another value';
};

/** An answer that does not come leaves the flags as they were: unknown is not unverified. */
const providerFlags = async (ctx: WorkContext, c: Configuration, ask: boolean): Promise<{ flags: Flags; evidence: string }> => {
  const before: Flags = { dkim: c.dkimVerified, returnPath: c.returnPathVerified };
  if (c.domainId === null) return { flags: before, evidence: 'Postmark: no domain' };
  try {
    const flags = ask ? await askToVerify(ctx, c.domainId) : ((await sharedDomainFlags(ctx, c.domainId)) ?? before);
    return {
      flags,
      evidence: `Postmark${ask ? '' : ' (listed)'}: DKIM ${flags.dkim ? 'verified' : 'not verified'}, Return-Path ${flags.returnPath ? 'verified' : 'not verified'}`,
    };
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    return { flags: before, evidence: `Postmark: ${error.message}` };
  }
};

const askToVerify = async (ctx: WorkContext, domainId: number): Promise<Flags> => {
  const { dkimVerified } = await ctx.ports.domains.verifyDkim(domainId);
  const { returnPathVerified } = await ctx.ports.domains.verifyReturnPath(domainId);
  return { dkim: dkimVerified, returnPath: returnPathVerified };
};
