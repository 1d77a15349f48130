/** The parts of the service's and the sandbox's answers that the tour looks at. */
import { z } from 'zod';

const waitingOn = z.object({
  what: z.string(),
  nextLook: z.string().nullable(),
  signal: z.string().nullable(),
  detail: z.string().nullable(),
});

export const configurationAnswer = z.object({
  eId: z.string(),
  sendingDomain: z.string(),
  status: z.string(),
  canSend: z.boolean(),
  waitingOn: waitingOn.nullable(),
  allowedSignals: z.array(z.string()),
  postmark: z.object({ serverId: z.number().nullable(), serverName: z.string().nullable() }),
});
export const configurationList = z.object({ items: z.array(configurationAnswer) });
export type ConfigurationAnswer = z.infer<typeof configurationAnswer>;

export const jobAnswer = z.object({
  eId: z.string(),
  recipient: z.string(),
  subject: z.string(),
  status: z.string(),
  postmarkMessageId: z.string().nullable(),
  lastError: z.object({ message: z.string() }).nullable(),
});
export type JobAnswer = z.infer<typeof jobAnswer>;

export const explainAnswer = z.object({ firstBlocker: z.string().nullable(), fix: z.object({ text: z.string() }).nullable() });

export const problemAnswer = z.object({ code: z.string(), detail: z.string() });

export const sandboxServers = z.object({ postmark: z.object({ servers: z.array(z.object({ ID: z.number(), Name: z.string() })) }) });

export const sandboxMail = z.object({ items: z.array(z.object({ From: z.string(), To: z.string() })) });
