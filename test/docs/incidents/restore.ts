import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasProgram, type Stage } from '../support/stage.ts';

type Job = { eId: string; status: string };

/** Of our embedded server: tools that are older refuse it. */
const serverMajor = 18;
const tables = `select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`;
const others = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';

/** Called as the page calls the real ones; the rows of each table, by psql. */
const standIns = {
  pg_dump: `#!/bin/sh -eu
for table in $(psql "$4" -XAtc "${tables}"); do printf '%s\\n' "\\copy \\"$table\\" to '$3.$table'"; done | psql "$4" -Xq -v ON_ERROR_STOP=1`,
  pg_restore: `#!/bin/sh -eu
names="$(psql "$6" -XAtc "${tables}")"
psql "$6" -XAtqc "${others}" > /dev/null
{ echo "begin; set session_replication_role = replica;"
  for table in $names; do printf '%s\\n' "truncate \\"$table\\";" "\\copy \\"$table\\" from '$7.$table'"; done
  echo "commit;"; } | psql "$6" -Xq -v ON_ERROR_STOP=1`,
};

/** Where the machine's own tools cannot speak to the server, a folder of stand-ins; the page's words are the same. */
function toolsPath(folder: string): string {
  const path = process.env['PATH'] ?? '';
  const major = Number(/(\d+)\./.exec(String(spawnSync('pg_dump', ['--version']).stdout ?? ''))?.[1] ?? 0);
  if (major >= serverMajor) return path;
  for (const [name, script] of Object.entries(standIns)) writeFileSync(join(folder, name), script, { mode: 0o755 });
  return `${folder}:${path}`;
}

export function playRestore(stage: Stage): void {
  describe('restore-from-backup', () => {
    test.skipIf(!hasProgram('psql'))('sends nothing twice that was queued at the backup and was sent since', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'postroute-backup-'));
      const environment = { DATABASE_URL: stage.postroute.ready.databaseUrl, BACKUP: join(folder, 'backup'), PATH: toolsPath(folder) };
      const CONFIGURATION = await stage.situation.sendable('restored');
      const status = async (job: Job) => ((await stage.situation.api().get(`/job/${job.eId}`, { tenant: 'restored' })).body as Job).status;
      await stage.situation.control('POST', '/fault', { service: 'postmark', operation: 'POST /email', kind: 'throttle' });
      const job = (await stage.situation.send('restored', CONFIGURATION, 'ada@restored.example', 0)) as Job;
      await stage.paste(['restore-from-backup', 'A backup', 0], environment);
      await stage.situation.control('DELETE', '/fault');
      await stage.advance(60);
      await expect.poll(() => status(job), { timeout: 45_000 }).toMatch(/SENT|DELIVERED/);

      const pid = stage.servicePid();
      process.kill(pid, 'SIGSTOP');
      await stage.paste(['restore-from-backup', 'Restore', 0], environment);
      expect(await stage.paste(['restore-from-backup', 'Restore', 1], environment)).toContain(job.eId);
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => stage.servicePid(), { timeout: 45_000 }).not.toBe(pid);
      await stage.paste(['start-and-stop', 'Mitigation', 2]);

      await stage.advance(180);
      await expect.poll(() => status(job), { timeout: 45_000 }).toBe('SENT');
      const { items } = (await stage.situation.control('GET', '/mail?to=ada@restored.example')) as { items: unknown[] };
      expect(items).toHaveLength(1);
      await stage.pasteUntil(['restore-from-backup', 'Check', 0], /^email_send_held 0$/m, environment);
      rmSync(folder, { recursive: true, force: true });
    });
  });
}
