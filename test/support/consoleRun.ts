/** A command of the console in this process, as its entry runs it: words in; what it said, and its exit code, out. */
import { PassThrough } from 'node:stream';
import { run } from '../../console/run.ts';

export type ConsoleRun = {
  code: number;
  out: string;
  errors: string;
  /** Standard output's lines as JSON. */
  documents: unknown[];
};

export type ConsoleOptions = {
  environment?: Record<string, string>;
  /** A person at a terminal who answers every question with this. */
  typed?: string;
  interrupted?: AbortSignal;
  /** Told of everything said, as it is said. */
  heard?: (text: string) => void;
};

export async function runConsole(words: readonly string[], options: ConsoleOptions = {}): Promise<ConsoleRun> {
  const { environment = {}, typed, interrupted = new AbortController().signal, heard = () => undefined } = options;
  const said = { out: '', errors: '' };
  const streamInto = (name: 'out' | 'errors', isTTY: boolean) => {
    const stream = Object.assign(new PassThrough(), { isTTY });
    stream.on('data', (chunk: Buffer) => {
      said[name] += chunk.toString();
      heard(chunk.toString());
    });
    return stream;
  };
  const input = Object.assign(new PassThrough(), { isTTY: typed !== undefined });
  if (typed !== undefined) input.write(`${typed}\n`);
  const [out, err] = [streamInto('out', false), streamInto('errors', typed !== undefined)];
  const code = await run(words, { input, out, err, environment, interrupted });
  await new Promise((resolve) => setImmediate(resolve));
  const documents = () =>
    said.out === ''
      ? []
      : said.out
          .trimEnd()
          .split('\n')
          .map((line): unknown => JSON.parse(line));
  return { code, ...said, documents: words.includes('--json') ? documents() : [] };
}
