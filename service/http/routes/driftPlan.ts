/** The corrections that would mend what is open, and having them carried out. Nothing is corrected that nobody asked for. */
import { Problem } from '../../core/errors.ts';
import type { HttpDeps } from '../deps.ts';
import { callerOf } from '../plugins/access.ts';
import { presentPlan } from '../present/plan.ts';
import { plan, planParams } from '../schemas/driftPlan.ts';
import { emptyBody } from '../schemas/job.ts';
import { readProblems, replies, writeProblems } from '../schemas/problem.ts';
import type { ZodApp } from '../zodApp.ts';

const tags = ['drift'];
/** A run over a large partition takes minutes; asking again is cheap. */
const retryAfterSeconds = 10;

export const driftPlanRoutes = (app: ZodApp, deps: HttpDeps): void => {
  app.get(
    '/drift/plan',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'The corrections that would mend what is open',
        description:
          'For at most drift.plan.tenantsMax tenants; what is left waits for the next plan. Findings that are quiet close by themselves.',
        response: replies({ 200: plan }, readProblems),
      },
    },
    async () => presentPlan(await deps.driftPlan()),
  );

  app.post(
    '/drift/plan/:id/apply',
    {
      config: { access: 'operator' },
      schema: {
        tags,
        summary: 'Have a plan carried out',
        description:
          'Looks at everything that the plan would mend once more, outside, and refuses all of it when anything has moved since. Then each correction is carried out by a worker; findings say what became of it.',
        params: planParams,
        body: emptyBody,
        response: replies({ 202: plan }, [...writeProblems, 'plan_outdated', 'retry_later']),
      },
    },
    async (request, reply) => {
      const outcome = await deps.acceptDriftPlan(request.params.id, callerOf(request));
      if (outcome.kind === 'moved') throw new Problem('plan_outdated', outcome.detail);
      if (outcome.kind === 'notNow') throw new Problem('retry_later', outcome.detail, { retryAfterSeconds });
      return reply.code(202).send(presentPlan(outcome.plan));
    },
  );
};
