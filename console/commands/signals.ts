/** One command for each signal. */
import { type Call, type Command, first } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { confirmed, following, overHttp, reasoned } from '../flags.ts';
import { followConfiguration } from '../followConfiguration.ts';
import { statusFormat } from '../present/statusFormat.ts';
import { waitsFor } from '../present/waitsFor.ts';
import type { Configuration, Signal } from '../wire.ts';

type Told = {
  what: string;
  /** Where `--wait` should end. */
  reached(configuration: Configuration): boolean;
  /** Asked before it is sent, for what cannot be taken back. */
  warning?: string;
};

const operational = ({ operationalStatus: now }: Configuration): boolean => now === 'OK' || now === 'DEGRADED';
const locked = ({ administrativeStatus: now }: Configuration): boolean => now === 'LOCKED';

const told: { readonly [S in Signal]: Told } = {
  provision: { what: 'set it up: server, domain, webhook, DNS records', reached: operational },
  're-provision': { what: 'from MISSING: clean up, then set it up again', reached: operational },
  're-verify': { what: 'look for its DNS records for another window', reached: operational },
  recover: { what: 'from FAILURE: let it try to send again', reached: operational },
  lock: { what: 'stop sending, once what is in flight has drained', reached: locked },
  'force-lock': { what: 'stop sending at once', reached: locked, warning: 'cancels everything queued and aborts what is in flight' },
  unlock: { what: 'let it send', reached: ({ canSend }) => canSend },
  remove: {
    what: 'take it down: records, webhook, domain, server',
    reached: ({ status }) => status === 'REMOVED',
    warning: 'takes down its DNS records and its Postmark server, for good',
  },
};

const isSignal = (name: string): name is Signal => Object.hasOwn(told, name);

export const signalCommands: readonly Command[] = Object.keys(told)
  .filter(isSignal)
  .map((signal) => ({
    name: signal,
    usage: '<configuration>',
    arguments: { min: 1, max: 1 },
    what: told[signal].what,
    flags: {
      ...reasoned,
      ...(signal === 're-provision' ? { adopt: { type: 'boolean', what: 'take over what exists under our names' } as const } : {}),
      ...following,
      ...(told[signal].warning === undefined ? {} : confirmed),
      ...overHttp,
    },
    run: (call) => sendSignal(call, signal),
  }));

async function sendSignal(call: Call, signal: Signal): Promise<ExitCode> {
  const { speak } = call;
  const api = call.api();
  const found = await findConfiguration(api, first(call));
  const { warning, reached } = told[signal];
  if (warning !== undefined) await confirm(call, `${signal} ${warning}.`, found.sendingDomain);
  const reason = call.text('reason');
  const body = { ...(reason === undefined ? {} : { reason }), ...(call.has('adopt') ? { adopt: true } : {}) };
  const { status, body: answered } = await api.post<Configuration>(`/configuration/${found.eId}/${signal}`, { body });
  if (!speak.json) speak.aside(status === 200 ? `${signal}: it was so already` : `${signal}: accepted`);
  const ended = call.has('wait') ? await followConfiguration(call, answered, reached) : answered;
  if (speak.json) speak.document(ended);
  else
    speak.line(
      `${ended.sendingDomain}  ${speak.style(statusFormat(ended.status), ended.status)}  sends: ${ended.canSend ? 'yes' : 'no'}  waits for: ${waitsFor(ended.waitingOn)}`,
    );
  return call.has('wait') && !reached(ended) ? exitCode.no : exitCode.done;
}
