/** The corrections that would mend what is open, and having them carried out: nothing is corrected that nobody asked for. */
import { type Call, type Command, first } from '../command.ts';
import { confirm } from '../confirm.ts';
import { exitCode } from '../exitCode.ts';
import { confirmed, overHttp } from '../flags.ts';
import { correctionColumns, manualColumns } from '../present/planColumns.ts';
import { sayTable } from '../present/sayTable.ts';
import type { DriftPlan } from '../wire.ts';

const plan: Command = {
  name: 'drift plan',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'the corrections that would mend what is open',
  more: ['For at most drift.plan.tenantsMax tenants; the rest waits for the next plan.'],
  flags: overHttp,
  async run(call) {
    const found = await call.api().get<DriftPlan>('/drift/plan');
    sayPlan(call, found);
    if (found.corrections.length > 0) call.speak.aside(`postroute drift apply ${found.planId} carries it out`);
    return exitCode.done;
  },
};

const apply: Command = {
  name: 'drift apply',
  usage: '<plan>',
  arguments: { min: 1, max: 1 },
  what: 'carry a plan out; refused when the world moved',
  flags: { ...confirmed, ...overHttp },
  async run(call) {
    const planId = first(call);
    const now = await call.api().get<DriftPlan>('/drift/plan');
    // What is asked about must be what will be done. The service refuses another plan by itself.
    if (now.planId === planId && !call.has('yes') && !call.speak.json) sayPlan(call, now);
    await confirm(
      call,
      `drift apply makes ${now.planId === planId ? `these ${now.corrections.length}` : 'the'} corrections outside.`,
      planId,
    );
    const { body } = await call.api().post<DriftPlan>(`/drift/plan/${encodeURIComponent(planId)}/apply`);
    if (call.speak.json) call.speak.document(body);
    else
      call.speak.line(
        `accepted: ${body.corrections.length} correction(s) for ${body.tenants} tenant(s); postroute drift run, then drift findings show what is left`,
      );
    return exitCode.done;
  },
};

function sayPlan({ speak }: Call, found: DriftPlan): void {
  if (speak.json) {
    speak.document(found);
    return;
  }
  const { planId, tenants, tenantsMax, corrections, manual, left } = found;
  speak.line(`plan ${planId}: ${corrections.length} correction(s) for ${tenants} tenant(s), of at most ${tenantsMax}`);
  sayTable(speak, correctionColumns, corrections);
  if (manual.length > 0) speak.line('what no correction mends:');
  sayTable(speak, manualColumns, manual);
  if (left.findings > 0) speak.line(`${left.findings} open finding(s) are left for the next plan`);
}

export const driftPlanCommands: readonly Command[] = [plan, apply];
