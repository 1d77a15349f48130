/** One running Postroute on which the commands of runbook pages are played, as an operator has them in a shell. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect } from 'vitest';
import { findProgram, lanes } from '../../../dev/lanes.ts';
import { toolEnvironment } from '../../../dev/tool.ts';
import { type Postroute, startPostroute } from '../../support/postroute.ts';
import { type Page, readPage, root } from './page.ts';
import { runShell, type ShellRun } from './shell.ts';
import { type Situation, situationOf } from './situation.ts';

/** Which block of a page: the n-th of `sh` below this heading. */
export type Place = readonly [page: string, heading: string, index: number];

export type Stage = {
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly postroute: Postroute;
  readonly situation: Situation;
  readonly keyFile: string;
  readonly signingKeyFile: string;
  /** The operator key that pages and situation use; a page may rotate it. */
  key: string;
  /** Runs the block after the index page's preparation. It must end well and say nothing on standard error. Answers what it printed. */
  paste(place: Place, environment?: Record<string, string>): Promise<string>;
  /** The same of the command line, which tells of its progress on standard error. */
  typed(place: Place, environment?: Record<string, string>): Promise<string>;
  /** The same, however it ends: of a diagnosis that ends with what is wrong. */
  attempt(place: Place, environment?: Record<string, string>): Promise<ShellRun>;
  /** Pastes until the output holds this: what the page waits for comes about in a moment. */
  pasteUntil(place: Place, wanted: string | RegExp, environment?: Record<string, string>): Promise<string>;
  /** The same of the command line. */
  typedUntil(place: Place, wanted: string | RegExp, environment?: Record<string, string>): Promise<string>;
  advance(seconds: number): Promise<unknown>;
  /** Of the service's process now: one that ended was started again under another number. */
  servicePid(): number;
  /** Blocks of these pages that were not run. */
  idle(names: readonly string[]): { name: string; text: string }[];
};

/** Whether a program of the system is here, or must be. */
export const hasProgram = (name: string): boolean =>
  process.env['CI_REQUIRE_ALL'] === '1' || lanes.filter((lane) => lane.name === name).some((lane) => findProgram(lane) !== null);

const cached = new Map<string, Page>();
export const runbook = (name: string): Page => {
  const page = cached.get(name) ?? readPage(`runbooks/${name}.md`);
  cached.set(name, page);
  return page;
};

const shBlocks = (name: string) => runbook(name).blocks.filter(({ language }) => language === 'sh');

/** Answers what was printed when it matched: a moment later it may be another thing. */
const until = async (print: () => Promise<string>, wanted: string | RegExp): Promise<string> => {
  let out = '';
  const look = async () => {
    out = await print();
    return out;
  };
  const matcher = expect.poll(look, { timeout: 45_000, interval: 250 });
  await (typeof wanted === 'string' ? matcher.toContain(wanted) : matcher.toMatch(wanted));
  return out;
};

/** `programs`: blocks that name one of these, where it is missing, count as run. */
export function createStage(flags: readonly string[], programs: readonly string[]): Stage {
  const used = new Set<string>();
  const folder = mkdtempSync(join(tmpdir(), 'postroute-runbooks-'));
  const keyFile = join(folder, 'operator-key.json');
  const signingKeyFile = join(folder, 'signing-key.json');
  const programsFolder = join(folder, 'bin');
  let running: { postroute: Postroute; situation: Situation } | null = null;
  const live = () => {
    if (running === null) throw new Error('the stage is not started');
    return running;
  };

  const blockAt = ([name, heading, index]: Place): string => {
    const block = shBlocks(name).filter((candidate) => candidate.heading === heading)[index];
    if (block === undefined) throw new Error(`runbooks/${name}.md has no block ${index} below "${heading}"`);
    used.add(block.text);
    return block.text;
  };

  const surroundings = (): Record<string, string> => {
    const { ready } = live().postroute;
    const [host = '', port = ''] = ready.sandbox.dns.split(':');
    return {
      PATH: `${programsFolder}${delimiter}${toolEnvironment()['PATH'] ?? ''}`,
      ARDA_API_KEY: stage.key,
      POSTROUTE_URL: ready.service ?? '',
      METRICS_URL: ready.metrics ?? '',
      POSTMARK_URL: ready.sandbox.postmark,
      NAME_SERVER: host,
      NAME_SERVER_PORT: port,
      AWS_ENDPOINT_URL: ready.sandbox.aws,
      AWS_ACCESS_KEY_ID: 'sandbox',
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
  };

  const stage: Stage = {
    key: 'first-operator-key',
    keyFile,
    signingKeyFile,
    get postroute() {
      return live().postroute;
    },
    get situation() {
      return live().situation;
    },
    start: async () => {
      writeFileSync(keyFile, JSON.stringify({ current: stage.key }));
      mkdirSync(programsFolder);
      // npx takes a second to find what this names.
      const npx = `#!/bin/sh\n[ "$1" = postroute ] || exit 64\nshift\nexec node "${root}bin/postroute.mjs" "$@"\n`;
      writeFileSync(join(programsFolder, 'npx'), npx, { mode: 0o755 });
      writeFileSync(signingKeyFile, JSON.stringify({ current: 'first-signing-key' }));
      const files = { ARDA_API_KEY_FILE: keyFile, EMAIL_WEBHOOK_SIGNING_KEY_FILE: signingKeyFile };
      const postroute = await startPostroute(flags, files);
      running = { postroute, situation: situationOf(postroute, () => stage.key) };
    },
    stop: async () => {
      await running?.postroute.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    attempt: (place, environment = {}) => {
      const [preparation] = shBlocks('README');
      if (preparation === undefined) throw new Error('runbooks/README.md prepares nothing');
      used.add(preparation.text);
      return runShell(`${preparation.text}\n${blockAt(place)}`, { ...surroundings(), ...environment });
    },
    paste: async (place, environment) => {
      const { code, out, errors } = await stage.attempt(place, environment);
      expect({ code, errors }, `${blockAt(place)}${out}`).toEqual({ code: 0, errors: '' });
      return out;
    },
    typed: async (place, environment) => {
      const { code, out, errors } = await stage.attempt(place, environment);
      expect(code, `${blockAt(place)}${out}${errors}`).toBe(0);
      return out;
    },
    pasteUntil: (place, wanted, environment) => until(() => stage.paste(place, environment), wanted),
    typedUntil: (place, wanted, environment) => until(() => stage.typed(place, environment), wanted),
    advance: (seconds) => stage.situation.control('POST', '/clock/advance', { seconds }),
    servicePid: () => {
      const { log, ready } = live().postroute;
      const again = [...log().matchAll(/was started again as process (\d+)/g)].at(-1)?.[1];
      return again === undefined ? (ready.pids.service[0] ?? 0) : Number(again);
    },
    idle: (names) => {
      const missing = programs.filter((program) => !hasProgram(program));
      const run = (text: string): boolean => used.has(text) || missing.some((program) => new RegExp(`\\b${program} `).test(text));
      return names.flatMap((name) => shBlocks(name).map(({ text }) => ({ name, text }))).filter(({ text }) => !run(text));
    },
  };
  return stage;
}
