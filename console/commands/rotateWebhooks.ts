/** Has every webhook of the fleet present the current operator key and signature, and shows the proof that none presents another. */
import type { Call, Command } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { overHttp, walking } from '../flags.ts';
import { endText, followProgress, progressText } from '../followProgress.ts';
import { staleColumns } from '../present/materialColumns.ts';
import { moment } from '../present/moment.ts';
import { sayTable } from '../present/sayTable.ts';
import { sheet } from '../present/sheet.ts';
import { printable } from '../speaker.ts';
import type { WebhookCredential } from '../wire.ts';

export const rotateWebhooks: Command = {
  name: 'rotate-webhooks',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'give every webhook the current secrets',
  more: [
    'Exit 8 without proof that none presents others. It goes on in the service',
    'when this command is cut off; asked again, it joins what is under way. A',
    'fingerprint is the first 16 hex digits of a secret’s SHA-256:',
    'printf %s "$ARDA_API_KEY" | sha256sum | cut -c1-16',
  ],
  flags: { ...walking, ...overHttp },
  async run(call) {
    const look = (): Promise<WebhookCredential> => call.api().get<WebhookCredential>('/webhook-credential');
    if (call.has('status')) return sayCredential(call, await look());
    const started = (await call.api().post<WebhookCredential>('/webhook-credential/rotate')).body;
    return sayCredential(call, call.has('detach') ? started : await followProgress(call, started, look));
  },
};

const pair = (current: string, previous: string | null): string => (previous === null ? current : `${current}, previous ${previous}`);

function sayCredential({ speak, has }: Call, now: WebhookCredential): ExitCode {
  const { proof, stale, staleProcesses, previousLastSeen: seen, accountToken } = now;
  const code = proof.complete || now.running || has('status') ? exitCode.done : exitCode.no;
  if (speak.json) {
    speak.document(now);
    return code;
  }
  speak.line(`${progressText(now)}${endText(now)}`);
  const facts = sheet([
    ['operator key', pair(now.currentKeyFingerprint, now.previousKeyFingerprint)],
    ['signing key', pair(now.currentSigningKeyFingerprint, now.previousSigningKeyFingerprint)],
    ['account token', `${pair(accountToken.currentFingerprint, accountToken.previousFingerprint)} (${accountToken.state})`],
    ['previous last seen', `callbacks ${moment(seen.callbacks)}, calls ${moment(seen.calls)}, signatures ${moment(seen.signatures)}`],
    ['processes behind', staleProcesses.length === 0 ? 'none' : staleProcesses.join(', ')],
  ]);
  for (const line of facts) speak.line(line);
  if (!now.running) sayTable(speak, staleColumns, stale);
  speak.line(speak.style(proof.complete ? 'green' : 'yellow', printable(proof.text)));
  return code;
}
