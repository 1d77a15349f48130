/** `service/store/schema.sql`: what it should say, and what it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schemaDump } from '../service/store/schemaDump.ts';
import { withScratchDatabase } from './scratchDatabase.ts';

const path = fileURLToPath(new URL('../service/store/schema.sql', import.meta.url));

export async function writeSchemaFile(): Promise<void> {
  writeFileSync(path, await withScratchDatabase(schemaDump));
}

function readSchemaFile(): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** null when the file is what the migrations make. */
export async function schemaFileProblem(): Promise<string | null> {
  if (readSchemaFile() === (await withScratchDatabase(schemaDump))) return null;
  return 'service/store/schema.sql is not what the migrations make; run: npm run migrate -- --dump';
}
