/**
 * Makes the sending domain in Postmark, with its Return-Path named explicitly. Idempotent by intent, as create-server is: 512 (exists) is adopted
 * when an earlier try of ours never learned its answer, or when an operator asked for it, and no other configuration owns that domain.
 */
import { returnPathDomainOf, sendingDomainOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { PortFault } from '../../core/portFault.ts';
import type { ProviderDomain } from '../../ports/ports.ts';
import { ownerOfDomain } from '../../store/configurations.ts';
import { clearIntent, type EffectClaim, recordIntent } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import { stepDelayed, stepFailed, stepFaulted, type TaskAnswer } from './task.ts';

const domainExists = 512;

export const createDomain = async (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const name = sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName);
  const calledBefore = claim.intentAt !== null;
  const intent = await recordIntent(ctx.db, claim, ctx.now());
  if (intent.kind === 'lost') return { kind: 'nothing', why: 'taken over' };
  try {
    return created(await ctx.ports.domains.createDomain(name, returnPathDomainOf(name)), false);
  } catch (error) {
    if (error instanceof PortFault && error.refusedWith(domainExists)) return takeOver(ctx, claim, c, name, calledBefore);
    if (error instanceof PortFault && error.class !== 'unknown' && !calledBefore) await clearIntent(ctx.db, claim);
    return stepFaulted(ctx, claim, 'createDomain', error);
  }
};

const takeOver = async (
  ctx: WorkContext,
  claim: EffectClaim,
  c: Configuration,
  name: string,
  calledBefore: boolean,
): Promise<TaskAnswer> => {
  const orphan = async (why: string): Promise<TaskAnswer> => {
    await clearIntent(ctx.db, claim);
    return stepFailed('createDomain', 'postmark_orphan_domain', `the domain ${name} exists in Postmark already ${why}`);
  };
  if (!calledBefore && !c.adoptRequested) return orphan('and is not ours; look at it, then re-provision, with adopt: true to take it over');
  try {
    const domain = await ctx.ports.domains.findDomainByName(name);
    if (domain === null)
      return stepDelayed(ctx, claim, 'createDomain', `postmark_${domainExists}`, `Postmark says that ${name} exists, and does not list it`);
    const owner = await ownerOfDomain(ctx.db, domain.domainId, c.eId);
    return owner === null ? created(domain, true) : orphan(`and belongs to configuration ${owner}`);
  } catch (error) {
    return stepFaulted(ctx, claim, 'createDomain', error);
  }
};

const created = ({ domainId, dkim, returnPath }: ProviderDomain, adopted: boolean): TaskAnswer => ({
  kind: 'event',
  event: {
    type: 'DomainCreated',
    domainId,
    dkimName: dkim.host,
    dkimValue: dkim.value,
    returnPathName: returnPath.host,
    returnPathValue: returnPath.value,
    adopted,
  },
});
