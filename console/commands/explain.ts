import { type Command, first } from '../command.ts';
import { exitCode } from '../exitCode.ts';
import { findConfiguration } from '../findConfiguration.ts';
import { overHttp } from '../flags.ts';
import { asTyped } from '../present/asTyped.ts';
import { table } from '../present/table.ts';
import { printable } from '../speaker.ts';
import type { Configuration, Explanation } from '../wire.ts';

type Gate = Explanation['gates'][number];

/** The fix as something to type here. */
function mending({ fix }: Explanation, { sendingDomain, tenantId }: Configuration): string | null {
  if (fix?.signal !== undefined) return `postroute ${fix.signal} ${sendingDomain}`;
  return fix?.command === undefined ? null : asTyped(fix.command, tenantId);
}

export const explain: Command = {
  name: 'explain',
  usage: '<configuration>',
  arguments: { min: 1, max: 1 },
  what: 'why it can or cannot send, and the one step that mends it',
  flags: {
    recipient: { type: 'string', value: 'ADDRESS', what: 'whether this one may be mailed, too' },
    check: { type: 'boolean', what: 'exit 8 when it cannot send' },
    ...overHttp,
  },
  async run(call) {
    const { speak } = call;
    const configuration = await findConfiguration(call.api(), first(call));
    const recipient = call.text('recipient');
    const explanation = await call.api().get<Explanation>(`/configuration/${configuration.eId}/explain`, { recipient });
    const code = call.has('check') && !explanation.canSend ? exitCode.no : exitCode.done;
    if (speak.json) {
      speak.document(explanation);
      return code;
    }
    speak.line(`${speak.style('bold', configuration.sendingDomain)} ${explanation.canSend ? 'can send' : 'cannot send'}`);
    const rows = table<Gate>([
      { head: '', of: ({ passes }) => (passes ? '✓' : '✗'), paint: (padded, { passes }) => speak.style(passes ? 'green' : 'red', padded) },
      { head: '', of: ({ gate }) => gate },
      { head: '', of: ({ evidence }) => evidence },
    ]);
    for (const line of rows.rows(explanation.gates)) speak.line(`  ${line}`);
    if (explanation.fix !== null) speak.line(printable(explanation.fix.text));
    const command = mending(explanation, configuration);
    if (command !== null) speak.line(`  ${printable(command)}`);
    return code;
  },
};
