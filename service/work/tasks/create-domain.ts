/** Makes the sending domain in Postmark, with its Return-Path named explicitly. Idempotent by intent, as `createOnce` has it. */
import { returnPathDomainOf, sendingDomainOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import type { ProviderDomain } from '../../ports/ports.ts';
import { ownerOfDomain } from '../../store/configurations.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import { createOnce } from './createOnce.ts';
import type { TaskAnswer } from './task.ts';

export const createDomain = (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const name = sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName);
  return createOnce(ctx, claim, c, {
    step: 'createDomain',
    called: `the Postmark domain ${name}`,
    orphanCode: 'postmark_orphan_domain',
    existsCode: 512,
    create: () => ctx.ports.domains.createDomain(name, returnPathDomainOf(name)),
    find: () => ctx.ports.domains.findDomainByName(name),
    otherOwnerOf: ({ domainId }) => ownerOfDomain(ctx.db, domainId, c.eId),
    answer: created,
  });
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
