/**
 * One look at whether a domain has verified. Idempotent: a look changes nothing outside but Postmark's own flags. `looks.ts` takes many together.
 *
 * Our own probe of the authoritative servers comes first. Postmark is asked to verify when the probe sees both records, and otherwise on every fourth
 * look; in between, its flags come from a list that all waiting domains share. The window ends with a last look, never without one.
 */
import type { DnsObservation } from '../../core/configuration/dnsObservation.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import type { RecordProbe } from '../../ports/ports.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { DomainFlags, Flags } from '../domainFlags.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

const askEveryLooks = 4;

/** A look that our own probe has begun. */
export type Look = { claim: EffectClaim; c: Configuration; seen: Seen };
type Seen = Flags & { evidence: string };
/** What Postmark said, and in what words it is kept. */
type Said = { flags: Flags; evidence: string };

export const probeRecords = async (probe: RecordProbe, c: Configuration): Promise<Seen> => {
  const [dkim, returnPath] = await Promise.all([
    c.dkimName === null ? absent : probe.txt(c.dkimName),
    c.returnPathName === null ? absent : probe.cname(c.returnPathName),
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

/** Which look of its window this is, from 1: those that saw nothing new are counted by their effect. */
const numberOf = ({ claim, c }: Look): number => c.verificationPolls + claim.attempts;

export const wantsToAsk = (look: Look): boolean =>
  look.c.domainId !== null && ((look.seen.dkim && look.seen.returnPath) || numberOf(look) % askEveryLooks === 0);

/** Its window has just begun, or our probe sees something else than the last time: what it asks for is likely to be answered with yes. */
export const isFresh = (look: Look): boolean =>
  numberOf(look) <= askEveryLooks || !(look.claim.lastError ?? '').startsWith(look.seen.evidence);

const saidThat = (flags: Flags, how: string): Said => {
  const word = (verified: boolean): string => (verified ? 'verified' : 'not verified');
  return { flags, evidence: `Postmark${how}: DKIM ${word(flags.dkim)}, Return-Path ${word(flags.returnPath)}` };
};

const flagsBefore = ({ c }: Look): Flags => ({ dkim: c.dkimVerified, returnPath: c.returnPathVerified });

/** An answer that does not come leaves the flags as they were: unknown is not unverified. */
const noAnswer = (look: Look, why: string): Said => ({ flags: flagsBefore(look), evidence: `Postmark: no answer (${why})` });

/** Nobody asked, so nothing is new. */
const notAsked = (look: Look, why: string): Said => saidThat(flagsBefore(look), ` (as before; ${why})`);

/** Two calls. */
export const askPostmark = async (ctx: Pick<WorkContext, 'ports'>, look: Look): Promise<Said> => {
  const { domainId } = look.c;
  if (domainId === null) return notAsked(look, 'no domain');
  try {
    const { dkimVerified } = await ctx.ports.domains.verifyDkim(domainId);
    const { returnPathVerified } = await ctx.ports.domains.verifyReturnPath(domainId);
    return saidThat({ dkim: dkimVerified, returnPath: returnPathVerified }, '');
  } catch (error) {
    if (!(error instanceof PortFault)) throw error;
    return noAnswer(look, error.message);
  }
};

export const readList = (list: DomainFlags, look: Look): Said => {
  if (look.c.domainId === null) return notAsked(look, 'no domain');
  if (list.kind === 'unread') return notAsked(look, list.why);
  if (list.kind === 'failed') return noAnswer(look, list.why);
  const flags = list.of.get(look.c.domainId);
  return flags === undefined ? noAnswer(look, 'the domain is not in its list') : saidThat(flags, ' (listed)');
};

/**
 * What a look comes to. One that saw nothing new is an event only when its number is a power of two: at 30 s, each would be a transaction, and 2,880 rows
 * of history a day for every domain that waits. The others are counted by their effect, which also keeps the evidence.
 */
export const conclude = (ctx: Pick<WorkContext, 'now' | 'settings'>, look: Look, { flags, evidence: postmarks }: Said): TaskAnswer => {
  if (flags.dkim && flags.returnPath) return { kind: 'event', event: { type: 'Verified' } };
  const { claim, c, seen } = look;
  const { pollingIntervalSeconds, pollingTimeoutHours } = ctx.settings;
  const evidence = `${seen.evidence}; ${postmarks}`;
  const now = ctx.now().getTime();
  const deadline = (c.verificationStartedAt ?? c.operationalSince).getTime() + pollingTimeoutHours * 3_600_000;
  if (now >= deadline) return { kind: 'event', event: { type: 'VerificationTimedOut', ...flags, evidence } };
  const isNew =
    flags.dkim !== c.dkimVerified || flags.returnPath !== c.returnPathVerified || gist(evidence) !== gist(claim.lastError ?? '');
  if (isNew || Number.isInteger(Math.log2(numberOf(look)))) {
    return { kind: 'event', event: { type: 'VerificationChecked', ...flags, evidence, looks: claim.attempts } };
  }
  return { kind: 'again', afterMs: Math.min(pollingIntervalSeconds * 1000, deadline - now), note: evidence };
};

/** Without what stands in parentheses: by whom it was told, and why somebody could not be reached. */
const gist = (evidence: string): string => evidence.replace(/ \(.*?\)(?=[,:;]|$)/g, '');
