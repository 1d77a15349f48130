/** Every command, in the order of the help. */
import type { Command } from './command.ts';
import { configCommands } from './commands/config.ts';
import { driftCommands } from './commands/drift.ts';
import { driftPlanCommands } from './commands/driftPlan.ts';
import { explain } from './commands/explain.ts';
import { history } from './commands/history.ts';
import { jobCommands } from './commands/jobs.ts';
import { list } from './commands/list.ts';
import { materialCommands } from './commands/material.ts';
import { materialDocumentCommands } from './commands/materialDocument.ts';
import { rotateWebhooks } from './commands/rotateWebhooks.ts';
import { show } from './commands/show.ts';
import { signalCommands } from './commands/signals.ts';
import { suppressionCommands } from './commands/suppressions.ts';
import { tenantKeyCommands } from './commands/tenantKeys.ts';
import { version } from './commands/version.ts';
import { watch } from './commands/watch.ts';

export const commands: readonly Command[] = [
  list,
  show,
  explain,
  history,
  watch,
  ...signalCommands,
  ...jobCommands,
  ...suppressionCommands,
  ...driftCommands,
  ...driftPlanCommands,
  ...materialCommands,
  ...materialDocumentCommands,
  rotateWebhooks,
  ...tenantKeyCommands,
  ...configCommands,
  version,
];
