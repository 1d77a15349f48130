/** Every effect and the task that carries it out; `looks.ts` carries out `check-verification`. */
import type { StepKind } from '../../core/configuration/effects.ts';
import { cancelInFlight } from './cancel-in-flight.ts';
import { checkDrain } from './check-drain.ts';
import { createDomain } from './create-domain.ts';
import { createServer } from './create-server.ts';
import { installWebhook } from './install-webhook.ts';
import { reportFailure } from './report-failure.ts';
import type { Task } from './task.ts';
import { unwind } from './unwind.ts';
import { writeRecords } from './write-records.ts';

export const taskOf: Readonly<Record<StepKind, Task>> = {
  'create-server': createServer,
  'create-domain': createDomain,
  'install-webhook': installWebhook,
  'write-records': writeRecords,
  unwind,
  'check-drain': checkDrain,
  'cancel-in-flight': cancelInFlight,
  'report-failure': reportFailure,
};
