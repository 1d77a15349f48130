/** Log lines of `email.configuration.lifecycle.*` */
import { logEvent } from './logEvent.ts';

export const configurationEvents = {
  transition: logEvent(
    'email.configuration.lifecycle.transition',
    'info',
    'A configuration went through an event of its machine',
    {
      from: 'status before; null when it was created',
      to: 'status after',
      cause: 'the event or signal',
      eId: 'the configuration',
      requestId: 'of the request that asked for it, or the effect that answered',
    },
    ({ from, to, cause }) => `${from ?? 'none'} → ${to} (${cause})`,
  ),
  stepFailed: logEvent(
    'email.configuration.lifecycle.step_failed',
    'warn',
    'A step of provisioning failed for good; what was made is taken back',
    { step: 'createServer, createDomain, installWebhook or writeRecords', code: 'why' },
    ({ step, code }) => `provisioning failed at ${step}: ${code}`,
  ),
};
