import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from '../../config/catalogue.ts';
import { settingsReference } from '../../config/reference.ts';

it('config/SETTINGS.md is what the schema says', () => {
  const page = readFileSync(new URL('../../config/SETTINGS.md', import.meta.url), 'utf8');
  expect(page, 'run: node config/reference.ts > config/SETTINGS.md').toBe(settingsReference());
});

it.each(catalogue.map((setting) => [setting.path, setting.description]))('%s says what it is', (_, description) => {
  expect(description).not.toBe('');
});
