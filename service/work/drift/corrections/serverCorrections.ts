/** Corrections that are one call to what exists already. */
import { sendingDomainOf, serverNameOf } from '../../../core/configuration/names.ts';
import { tokenRow } from '../../../store/driftTokenRows.ts';
import { openServerToken } from '../../serverToken.ts';
import { sweepServer } from '../../suppressionSweep.ts';
import { type Correct, done, failed } from './correction.ts';

export const renameServer: Correct = async (ctx, _correction, c) => {
  if (c.serverId === null) return failed('it has no server');
  await ctx.ports.servers.renameServer(c.serverId, serverNameOf(sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName)));
  return done;
};

export const mergeSuppressions: Correct = async (ctx, { author }, c) => {
  const row = await tokenRow(ctx.db, c);
  const opened = row === null ? null : openServerToken(ctx.keyring, row);
  if (row === null || opened?.kind !== 'opened') return failed('its server cannot be asked');
  await sweepServer({ ...ctx, mail: ctx.ports.mail }, row, author);
  return done;
};
