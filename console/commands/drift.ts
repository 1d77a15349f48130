/** What differs from the world outside: what is asserted, what was found, and a run now. */
import type { Call, Command } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { Failure } from '../failure.ts';
import { limited, overHttp } from '../flags.ts';
import { deadlineOf, lookAgain } from '../followConfiguration.ts';
import { printList } from '../list.ts';
import { assertionColumns, findingColumns } from '../present/driftColumns.ts';
import { moment } from '../present/moment.ts';
import { sayTable } from '../present/sayTable.ts';
import type { Drift, DriftFinding } from '../wire.ts';

const overview: Command = {
  name: 'drift',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'what is asserted, and what the last run saw',
  flags: overHttp,
  async run(call) {
    const drift = await call.api().get<Drift>('/drift');
    sayDrift(call, drift);
    return exitCode.done;
  },
};

const findings: Command = {
  name: 'drift findings',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'what differs now, newest opening first',
  flags: {
    tag: { type: 'string', value: 'TAG', what: 'only these: dns_dkim_mismatch, …' },
    resolved: { type: 'boolean', what: 'those that have resolved, too' },
    check: { type: 'boolean', what: 'exit 8 when there are any' },
    ...limited,
    ...overHttp,
  },
  async run(call) {
    const tag = call.text('tag');
    const query = {
      tag: tag === undefined || tag.startsWith('email.drift.') ? tag : `email.drift.${tag}`,
      open: call.has('resolved') ? undefined : 'true',
    };
    const columns = findingColumns(call.speak);
    const count = await printList<DriftFinding>(call, { path: '/drift/finding', query, columns, none: 'nothing differs' });
    return call.has('check') && count > 0 ? exitCode.no : exitCode.done;
  },
};

const run: Command = {
  name: 'drift run',
  usage: '[assertion …]',
  arguments: { min: 0, max: 10 },
  what: 'run assertions now, also those that are off',
  more: ['Without one those that are on, or else the three of the runbook:', 'postmarkInventory, registry, dns.'],
  flags: {
    detach: { type: 'boolean', what: 'do not wait for its end' },
    timeout: { type: 'string', value: 'SECONDS', what: 'wait no longer (600)' },
    ...overHttp,
  },
  async run(call) {
    const api = call.api();
    const body = call.arguments.length === 0 ? {} : { assertions: call.arguments };
    const { runId } = (await api.post<{ runId: string }>('/drift/run', { body })).body;
    if (call.has('detach')) {
      if (call.speak.json) call.speak.document({ runId });
      else call.speak.line(`asked for run ${runId}; postroute drift shows it when it is done`);
      return exitCode.done;
    }
    return followRun(call, runId);
  },
};

/** The run may have been followed by another when it is looked for: then it is over, and the later one is shown. */
async function followRun(call: Call, runId: string): Promise<ExitCode> {
  const deadline = deadlineOf(call);
  const look = (): Promise<Drift> => call.api().get<Drift>('/drift');
  call.speak.progress('running');
  for (let now = await look(); ; now = (await lookAgain(call, look)) ?? now) {
    if (now.lastRun?.runId === runId || !now.running) {
      call.speak.progress(null);
      sayDrift(call, now);
      const { assertions = [] } = now.lastRun ?? {};
      return assertions.every(({ outcome }) => outcome === 'completed') ? exitCode.done : exitCode.no;
    }
    if (performance.now() > deadline) {
      throw new Failure(exitCode.no, `run ${runId} is not done yet`, { remedy: 'postroute drift shows it when it is.' });
    }
  }
}

function sayDrift({ speak }: Call, drift: Drift): void {
  if (speak.json) {
    speak.document(drift);
    return;
  }
  const on = Object.entries(drift.enabled).flatMap(([name, enabled]) => (enabled ? [name] : []));
  speak.line(`on the tick: ${on.length === 0 ? 'none' : on.join(', ')}${drift.running ? '; a run is under way' : ''}`);
  if (drift.lastRun === null) {
    speak.line('no run has finished yet: postroute drift run');
    return;
  }
  const { runId, finishedAt, assertions } = drift.lastRun;
  speak.line(`last run ${runId}, finished ${moment(finishedAt)}`);
  sayTable(speak, assertionColumns(speak), assertions);
  if (assertions.some(({ findings }) => findings > 0)) speak.line('postroute drift findings shows them');
}

export const driftCommands: readonly Command[] = [overview, findings, run];
