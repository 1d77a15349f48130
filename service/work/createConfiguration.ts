/** The first event of a configuration. The row, its slug and its history begin together; `provision: true` sends the signal as a second event. */
import { createHash, randomBytes } from 'node:crypto';
import { nothingProvisioned } from '../core/configuration/absorb.ts';
import type { Configuration } from '../core/configuration/records.ts';
import { statusOf } from '../core/configuration/sendable.ts';
import { claimSlug, insertConfiguration } from '../store/configurations.ts';
import { appendEvent } from '../store/history.ts';
import { type ApplyContext, apply } from './apply.ts';
import type { Caller, ConfigurationRequest, CreateOutcome } from './outcomes.ts';
import type { WorkContext } from './workContext.ts';

/** 256 bits, so that a callback's path cannot be guessed. */
const routingTokenBytes = 32;

export const routingTokenHashOf = (routingToken: string): string => createHash('sha256').update(routingToken).digest('hex');

const newConfiguration = (ctx: Pick<WorkContext, 'newId' | 'keyring'>, request: ConfigurationRequest, now: Date): Configuration => {
  const eId = ctx.newId();
  const routingToken = randomBytes(routingTokenBytes).toString('base64url');
  return {
    tenantId: request.tenantId,
    eId,
    sendingDomainSlug: request.slug,
    fromLocalPart: request.fromLocalPart,
    fromName: request.fromName,
    replyToEmail: request.replyToEmail,
    operational: 'PENDING',
    step: null,
    administrative: 'LOCKED',
    operationalSince: now,
    administrativeSince: now,
    generation: 1,
    adoptRequested: false,
    ...nothingProvisioned,
    routingToken: ctx.keyring.seal(eId, 'routing-token', routingToken),
    routingTokenHash: routingTokenHashOf(routingToken),
    retiredServerIds: [],
    failureCount: 0,
    lastFailureCode: null,
    lastFailureDetail: null,
    createdAt: now,
    updatedAt: now,
  };
};

export const createConfiguration = async (
  ctx: ApplyContext & Pick<WorkContext, 'keyring'>,
  request: ConfigurationRequest,
  caller: Caller,
): Promise<CreateOutcome> => {
  const now = ctx.now();
  const configuration = newConfiguration(ctx, request, now);
  const { tenantId, eId } = configuration;
  const claimed = await ctx.db.transaction(async (db) => {
    const slug = await claimSlug(db, request.slug, tenantId, eId);
    if (slug.kind === 'inUse') return slug;
    await insertConfiguration(db, configuration);
    const entry = {
      at: now,
      author: caller.author,
      event: 'ConfigurationCreated',
      fromStatus: null,
      toStatus: statusOf(configuration),
      requestId: caller.requestId,
    };
    await appendEvent(db, { ...entry, detail: { sendingDomainSlug: request.slug } }, configuration);
    return slug;
  });
  if (claimed.kind === 'inUse') return { kind: 'slugInUse' };
  ctx.observe.transition({ from: null, to: 'PENDING', event: 'ConfigurationCreated', eId, requestId: caller.requestId });
  if (!request.provision) return { kind: 'created', configuration };
  const event = { type: 'Signal', signal: 'provision', reason: null, adopt: false } as const;
  const outcome = await apply(ctx, { tenantId, eId, event, caller });
  return { kind: 'created', configuration: outcome.kind === 'notFound' ? configuration : outcome.configuration };
};
