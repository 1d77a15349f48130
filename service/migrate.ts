/**
 * Process entry of what runs before a new version's processes: all settings are looked at, and the database is brought to this code's schema. Exit code 0
 * when a process of this code may start. Any number may run at once; each migration is applied once. One that fails leaves nothing of itself and may be
 * run again, which is what a platform does with a container that failed before the pod's own.
 */
import { loadSettings } from '../config/load.ts';
import { SettingsError } from '../config/settingsError.ts';
import { bringSchemaUp } from './wiring/schema.ts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

try {
  const { settings } = await loadSettings({ env: process.env });
  const { applied, version } = await bringSchemaUp(settings);
  say(`postroute: ${applied.length === 0 ? 'nothing to migrate' : `applied ${applied.join(', ')}`}; the schema is at version ${version}`);
} catch (error) {
  say(
    error instanceof SettingsError ? error.message : `postroute: cannot migrate: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 1;
}
