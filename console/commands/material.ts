/** The key versions that server tokens are sealed under: what the service says of them, and moving what is sealed to the current one. */
import type { Call, Command } from '../command.ts';
import { type ExitCode, exitCode } from '../exitCode.ts';
import { overHttp, walking } from '../flags.ts';
import { endText, followProgress, progressText } from '../followProgress.ts';
import { keyVersionColumns, processColumns, staleColumns } from '../present/materialColumns.ts';
import { sayTable } from '../present/sayTable.ts';
import { printable } from '../speaker.ts';
import type { Material, ReEncryption } from '../wire.ts';

const overview: Command = {
  name: 'material',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'key versions, rows under each, and who holds which',
  flags: overHttp,
  run: async (call) => sayMaterial(call, await call.api().get<Material>('/material')),
};

const refresh: Command = {
  name: 'material refresh',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'every process reads registry, keys and tokens again',
  flags: overHttp,
  run: async (call) => sayMaterial(call, (await call.api().post<Material>('/material/refresh')).body),
};

const reEncrypt: Command = {
  name: 'material re-encrypt',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'seal everything under the current version',
  more: ['Exit 8 when some are left. It goes on in the service when this command is', 'cut off; asked again, it joins what is under way.'],
  flags: { ...walking, ...overHttp },
  async run(call) {
    const look = (): Promise<ReEncryption> => call.api().get<ReEncryption>('/material/re-encrypt');
    if (call.has('status')) return sayReEncryption(call, await look());
    const started = (await call.api().post<ReEncryption>('/material/re-encrypt')).body;
    return sayReEncryption(call, call.has('detach') ? started : await followProgress(call, started, look));
  },
};

function sayMaterial({ speak }: Call, material: Material): ExitCode {
  const { versions, processes, current, documentedCurrent, kms, lastReason, unreadable } = material;
  if (speak.json) speak.document(material);
  else {
    sayTable(speak, keyVersionColumns(speak, material), versions);
    sayTable(speak, processColumns(speak, material), processes);
    for (const { code, rows } of unreadable) speak.line(speak.style('red', `${rows} row(s) cannot be read: ${code}`));
    if (current !== documentedCurrent)
      speak.line(speak.style('yellow', `the document names ${documentedCurrent ?? 'no version'}, and ${current ?? 'nothing'} seals here`));
    if (kms.state === 'failing')
      speak.line(speak.style('red', printable(`KMS does not open the key that seals: ${kms.reason ?? 'no reason given'}`)));
    if (lastReason !== null) speak.line(speak.style('yellow', printable(`the last refresh: ${lastReason}`)));
  }
  return exitCode.done;
}

function sayReEncryption({ speak, has }: Call, now: ReEncryption): ExitCode {
  const { done, total, currentKeyVersionId, stale } = now;
  const code = done === total || now.running || has('status') ? exitCode.done : exitCode.no;
  if (speak.json) {
    speak.document(now);
    return code;
  }
  speak.line(`${progressText(now)} under ${currentKeyVersionId ?? 'no version'}${endText(now)}`);
  if (now.running) return code;
  if (done === total) speak.line('nothing names another version: the others can be retired');
  else sayTable(speak, staleColumns, stale);
  return code;
}

export const materialCommands: readonly Command[] = [overview, refresh, reEncrypt];
