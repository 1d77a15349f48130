/** Makes the configuration's Postmark server and keeps its token sealed. Idempotent by intent, as `createOnce` has it. */
import { sendingDomainOf, serverNameOf } from '../../core/configuration/names.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import type { ProviderServer } from '../../ports/ports.ts';
import { ownerOfServer } from '../../store/configurations.ts';
import type { EffectClaim } from '../../store/effects.ts';
import type { WorkContext } from '../workContext.ts';
import { createOnce } from './createOnce.ts';
import { stepDelayed, type TaskAnswer } from './task.ts';

export const createServer = (ctx: WorkContext, claim: EffectClaim, c: Configuration): Promise<TaskAnswer> => {
  const name = serverNameOf(sendingDomainOf(c.sendingDomainSlug, ctx.settings.mailZoneName));
  return createOnce(ctx, claim, c, {
    step: 'createServer',
    called: `the Postmark server ${name}`,
    orphanCode: 'postmark_orphan_server',
    existsCode: 603,
    create: () => ctx.ports.servers.createServer(name),
    find: () => ctx.ports.servers.findServerByName(name),
    otherOwnerOf: ({ serverId }) => ownerOfServer(ctx.db, serverId, c.eId),
    answer: (server, adopted) => created(ctx, claim, c, server, adopted),
  });
};

const created = (ctx: WorkContext, claim: EffectClaim, c: Configuration, server: ProviderServer, adopted: boolean): TaskAnswer => {
  const [token] = server.tokens;
  if (token === undefined)
    return stepDelayed(ctx, claim, 'createServer', 'postmark_no_token', `Postmark's server ${server.serverId} came without a token`);
  const keyVersionId = ctx.keyring.status().currentKeyVersionId;
  if (keyVersionId === null)
    return stepDelayed(ctx, claim, 'createServer', 'no_key_version', 'no key version is loaded to seal the server token with');
  const serverToken = ctx.keyring.seal(c.eId, 'server-token', token);
  return {
    kind: 'event',
    event: { type: 'ServerCreated', serverId: server.serverId, serverName: server.name, serverToken, keyVersionId, adopted },
  };
};
