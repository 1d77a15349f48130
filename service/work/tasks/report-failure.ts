/** Tells Sentry that a configuration stopped sending. Said again after a crash at worst: the fingerprint keeps it one issue. */
import type { Configuration } from '../../core/configuration/records.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import type { TaskAnswer } from './task.ts';

/** Process time: a report that is only in memory would die with us. */
const flushMs = 2_000;

export const reportFailure = async (ctx: WorkContext, _claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  ctx.ports.incidents.report({
    message: 'email.configuration.lifecycle.failure',
    level: 'error',
    fingerprint: ['email.configuration.lifecycle.failure', c.eId],
    tags: { 'email.configuration.lifecycle': 'failure' },
    context: {
      eId: c.eId,
      postmarkServerId: c.serverId,
      keyVersionId: c.keyVersionId,
      failureCount: c.failureCount,
      code: c.lastFailureCode,
    },
  });
  await ctx.ports.incidents.flush(flushMs);
  return { kind: 'nothing', why: 'reported' };
};
