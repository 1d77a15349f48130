/** Every example of sandbox/README.md, as it stands there but for the ports, in order, against one new sandbox of the default seed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listeners } from '../../sandbox/listeners.ts';
import { laneProgram } from '../support/lane.ts';
import { runProgram } from './support/runProgram.ts';
import { sandboxFixture } from './support/sandboxFixture.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = readFileSync(`${root}sandbox/README.md`, 'utf8');
const examples = text.slice(text.indexOf('## Examples'), text.indexOf('## Rooms'));
const sandbox = await sandboxFixture();

type Example = { language: string; lane: string | undefined; code: string; says: string[]; first: string };

function exampleOf(info: string, body: string): Example {
  const [language = '', lane] = info.trim().split(' ');
  const lines = body.split('\n');
  const says = lines.flatMap((line) => /^(?:#|\/\/)=> (.*)$/.exec(line)?.[1] ?? []);
  const code = lines.filter((line) => !/^(?:#|\/\/)=>/.test(line)).join('\n');
  return { language, lane, code, says, first: lines[0] ?? '' };
}

const found = [...examples.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', body = '']) => exampleOf(info, body));

/** Ports as in the README become those of this sandbox. */
function atPorts(code: string): string {
  let moved = code;
  for (const [name, { port }] of Object.entries(listeners)) {
    const address = Object.entries(sandbox.addresses).find(([listener]) => listener === name)?.[1] ?? '';
    const actual = address.slice(address.lastIndexOf(':') + 1);
    moved = moved
      .replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${actual}`)
      .replaceAll(new RegExp(`(-p|--port) ${port}\\b`, 'g'), `$1 ${actual}`);
  }
  return moved;
}

const squeezed = (output: string): string => output.replace(/[ \t]+/g, ' ');

it('there are examples in curl, the Postmark client, the AWS CLI, dig and swaks, and each says what comes out', () => {
  expect(found.map(({ language, lane }) => lane ?? language).sort()).toEqual(['aws', 'dig', 'js', 'sh', 'sh', 'sh', 'swaks']);
  expect(found.filter(({ says }) => says.length === 0)).toEqual([]);
});

describe('the example', () => {
  for (const { language, lane, code, says, first } of found) {
    const isHere = lane === undefined || laneProgram(lane) !== null;
    it.skipIf(!isHere)(first, { timeout: 60_000 }, async () => {
      // dig asks for what the AWS CLI wrote; where there is none, it is written by hand.
      if (lane === 'dig')
        await sandbox.post('/route53/record', { action: 'UPSERT', name: 'hello.dev.ardamails.com', type: 'TXT', ttl: 60, values: ['hi'] });
      const run =
        language === 'js'
          ? await runProgram(process.execPath, ['--input-type=module', '-'], { input: atPorts(code), cwd: root })
          : await runProgram('bash', ['-euo', 'pipefail', '-c', atPorts(code)]);
      for (const expected of says) expect(squeezed(run.output), run.output).toContain(expected);
      expect(run.code, run.output).toBe(0);
    });
  }
});

describe('the page', () => {
  it('names every listener with its port, every room, and every control route', async () => {
    for (const [name, { port }] of Object.entries(listeners)) expect(text, name).toMatch(new RegExp(`"${name}": "[^"]*:${port}"`));
    const missing = String((await sandbox.get('/none')).body['error']);
    const paths = [...missing.matchAll(/(GET|POST|DELETE) (\/[\w/]*)/g)]
      .map(([, , path = '']) => path)
      .filter((path) => !path.startsWith('/inbox'));
    expect(paths.filter((path) => !text.includes(`${path}\``) && !text.includes(`${path}?`) && !text.includes(`${path} `))).toEqual([]);
  });
});
