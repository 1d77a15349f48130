import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../config/catalogue.ts';
import { portNames, portTable } from '../../dev/start/portPlan.ts';
import { type Page, readPage, root } from './support/page.ts';

const runbooks = readdirSync(`${root}runbooks`).map((name) => `runbooks/${name}`);
const paths = [
  'README.md',
  'service/README.md',
  'sandbox/README.md',
  'config/README.md',
  'infra/README.md',
  'helm/postroute/README.md',
  ...runbooks,
];
const pages = paths.map(readPage);
const manifest: { scripts: Record<string, string> } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const prose = ({ text }: Page): string => text.replaceAll(/^```[\s\S]*?^```$/gm, '');
const here = (page: Page, path: string): string => normalize(join(dirname(page.path), path));

/** GitHub's rule: lower case, punctuation gone, blanks to hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
const anchors = (path: string): string[] =>
  [...readFileSync(`${root}${path}`, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

function brokenLinks(page: Page): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const path = file === '' ? page.path : here(page, file);
    return !existsSync(`${root}${path}`) || (anchor !== undefined && !anchors(path).includes(anchor));
  });
}

const inlineCode = (page: Page): string[] => [...prose(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const code = (page: Page): string[] => [...inlineCode(page), ...page.blocks.map(({ text }) => text)];

/** `npm start`, `npm test`, `npm run x`. */
const missingScripts = (page: Page): string[] =>
  code(page)
    .flatMap((text) => [...text.matchAll(/\bnpm (?:run (?:--silent )?)?([a-z]+)/g)].map(([, script = '']) => script))
    .filter((script) => !(script in manifest.scripts) && !['ci', 'install'].includes(script));

const rooms = new Set(readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])));
const isFileMention = (text: string): boolean =>
  /^[\w./{}…-]+$/.test(text) &&
  !text.startsWith('/') &&
  (/\.(ts|mjs|md|json|sql)$/.test(text) ||
    (text.includes('/') && (text.endsWith('/') || text.endsWith('…') || rooms.has(text.split('/')[0] ?? ''))));

/** Files that service/README.md names for whoever writes the first check of drift. */
const planned = new Set(['core/drift/checks.ts', 'core/drift/findings.ts']);

/** Keys of Secrets, which are files only in a pod. */
const keysOfSecrets = new Set(['postmark.accountToken.json', 'webhook.signingKey.json', 'apiKey.json', 'materialRegistry.json']);

const mentionedIn = (page: Page): string[] => [
  ...inlineCode(page).filter(isFileMention),
  ...page.blocks.flatMap(({ text }) => text.match(/(?<![\w/.$"{])(?:[\w-]+\/)+[\w-]+\.(?:ts|mjs|md|sql|json)\b/g) ?? []),
];

/** Relative to the checkout or to the page's folder. Of `tasks/{verb-noun}.ts` or `core/…` only the folder is looked for. `.postroute/` is made by a start. */
const missingFiles = (page: Page): string[] =>
  mentionedIn(page)
    .filter((mention) => !mention.startsWith('.postroute') && !planned.has(mention) && !keysOfSecrets.has(mention))
    .map((mention) => mention.replace(/[^/]*[{…].*$/, ''))
    .filter((path) => ![path, here(page, path)].some((candidate) => existsSync(`${root}${candidate}`)));

const settingNames = new Set<string>([
  ...catalogue.flatMap(({ environmentNames }) => environmentNames),
  ...portNames.map((name) => portTable[name].environment),
  'POSTROUTE_DATA_DIR',
  'POSTROUTE_URL',
  'POSTROUTE_CONTROL_URL',
]);
const unknownSettings = ({ text }: Page): string[] =>
  (text.match(/\b(?:EMAIL|ARDA|POSTROUTE)_[A-Z0-9_]+\b/g) ?? []).filter((name) => !settingNames.has(name) && name !== 'EMAIL_');

describe('what the pages say exists', () => {
  test.each(pages.map((page) => [page.path, page] as const))('%s: every link, script, file and setting is there', (_path, page) => {
    expect({ links: brokenLinks(page), scripts: missingScripts(page), files: missingFiles(page), settings: unknownSettings(page) }).toEqual(
      {
        links: [],
        scripts: [],
        files: [],
        settings: [],
      },
    );
  });

  test('these checks go red', () => {
    const page = { path: 'runbooks/x.md', headings: [], lines: 1, blocks: [{ heading: '', language: 'sh', text: 'node dev/none.ts' }] };
    const text =
      '[a](none.md) [b](README.md#none) [c](README.md) `dev/gone.ts` `service/work/tasks/{x}.ts` `service/gone` `npm run nothing` EMAIL_NOTHING_AT_ALL';
    const broken = { ...page, text };
    expect(brokenLinks(broken)).toEqual(['none.md', 'README.md#none']);
    expect(missingScripts(broken)).toEqual(['nothing']);
    expect(missingFiles(broken)).toEqual(['dev/gone.ts', 'service/gone', 'dev/none.ts']);
    expect(unknownSettings(broken)).toEqual(['EMAIL_NOTHING_AT_ALL']);
  });

  test('cdk.json is quiet towards AWS, and names its entry', () => {
    expect(JSON.parse(readFileSync(`${root}cdk.json`, 'utf8'))).toMatchObject({
      app: expect.stringMatching(/^node infra\//),
      notices: false,
      versionReporting: false,
    });
  });
});
