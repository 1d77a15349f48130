/**
 * Brings the database to this code's schema before a process of this code starts. A database that is ahead is left as it is: an image that was rolled
 * back runs this too, and works beside the newer one's migrations as it did before it was replaced.
 */
import type { Settings } from '../../config/schema.ts';
import { type MigrateResult, migrate } from '../store/migrate.ts';
import { schemaFolder } from '../store/migrations.ts';

export const bringSchemaUp = ({ databaseUrl }: Settings): Promise<MigrateResult> => migrate(databaseUrl, schemaFolder, 'accept');
