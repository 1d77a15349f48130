/** Signals: the commands that move a configuration. */
import { allowedSignals } from '../../core/configuration/decide.ts';
import { waitingOn } from '../../core/configuration/waitingOn.ts';
import { Problem } from '../../core/errors.ts';
import { readConfiguration } from '../../store/configurationReads.ts';
import type { ApplyOutcome } from '../../work/outcomes.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { presentConfiguration } from '../present/configuration.ts';
import { configuration, signalBody, signalParams } from '../schemas/configuration.ts';
import { replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const notFound = () => new Problem('not_found', 'no such configuration, or not yours');

const refusalDetail = (outcome: Extract<ApplyOutcome, { kind: 'refused' | 'ignored' }>, signal: string): string => {
  const { operational, administrative } = outcome.configuration;
  if (outcome.kind === 'refused' && outcome.code === 'tenant_already_sendable') {
    return 'another configuration of this tenant can send; lock that one first';
  }
  return `${signal} is not accepted while operationalStatus is ${operational} and administrativeStatus is ${administrative}`;
};

export const configurationSignalRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.post(
    '/configuration/:eId/:signal',
    {
      config: { access: 'anyTenant' },
      schema: {
        tags: ['configuration'],
        summary: 'Send a signal',
        description:
          '202 when it started something, 200 when it was already so. A signal that the state does not accept is refused with those it would.',
        params: signalParams,
        body: signalBody,
        response: replies({ 200: configuration, 202: configuration }, [
          ...writeProblems,
          'route_disabled',
          'signal_not_accepted',
          'tenant_already_sendable',
        ]),
      },
    },
    async (request, reply) => {
      const { eId, signal } = request.params;
      const { reason = null, adopt } = request.body;
      const before = await readConfiguration(deps.db, { tenantId: request.tenantId, eId });
      if (before === null) throw notFound();
      const { tenantId } = before.configuration;
      const outcome = await deps.signal({ tenantId, eId, signal, reason, adopt }, callerOf(request));
      if (outcome.kind === 'notFound') throw notFound();
      const facts = await readConfiguration(deps.db, { tenantId, eId });
      if (facts === null) throw notFound();
      if (outcome.kind === 'refused' || outcome.kind === 'ignored') {
        const code = outcome.kind === 'refused' ? outcome.code : 'signal_not_accepted';
        throw new Problem(code, refusalDetail(outcome, signal), {
          allowedSignals: outcome.kind === 'refused' ? outcome.allowedSignals : allowedSignals(facts.configuration, facts.otherCanSend),
          waitingOn: waitingOn(facts.configuration, facts.live),
        });
      }
      return reply.code(outcome.kind === 'changed' ? 202 : 200).send(presentConfiguration(facts, deps.settings.mailZoneName));
    },
  );
};
