/** Has the runner write DKIM and Return-Path again as the row has them. The finding resolves when the zone shows them. */
import { apply } from '../../apply.ts';
import { type Correct, callerOf, told } from './correction.ts';

export const rewriteRecords: Correct = async (ctx, correction, { tenantId, eId }) => {
  const event = { type: 'RecordsDrifted', planId: correction.planId } as const;
  return told(await apply(ctx, { tenantId, eId, event, caller: callerOf(correction) }));
};
