/** Every log line there is, by family. */
import { configurationEvents } from './configurationEvents.ts';
import { driftEvents } from './driftEvents.ts';
import type { LogEvent } from './logEvent.ts';
import { materialRegistryEvents } from './materialRegistryEvents.ts';
import { processEvents } from './processEvents.ts';
import { sendEvents } from './sendEvents.ts';
import { webhookEvents } from './webhookEvents.ts';

export const logEvents: readonly LogEvent<string>[] = [
  configurationEvents,
  sendEvents,
  webhookEvents,
  driftEvents,
  materialRegistryEvents,
  processEvents,
].flatMap((family): LogEvent<string>[] => Object.values(family));
