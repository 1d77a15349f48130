/** One accepted message, and one try to hand it to the provider. */

export const jobStatuses = [
  'QUEUED',
  'SENDING',
  'HELD',
  'SENT',
  'DELIVERED',
  'BOUNCED',
  'COMPLAINED',
  'FAILED',
  'DEAD_LETTER',
  'SUPPRESSED',
  'CANCELLED',
  'INCONSISTENT',
] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** `Prefer: wait` and replays answer 200 once a job is one of these: sent, or ended. */
export const isSentOrEnded = (status: JobStatus): boolean => status !== 'QUEUED' && status !== 'SENDING' && status !== 'HELD';

/** What a person may say became of a message. `dropped`: it did not go out. */
export const triageResolutions = ['delivered', 'bounced', 'complained', 'dropped'] as const;
export type TriageResolution = (typeof triageResolutions)[number];

export type JobError = { code: string; message: string; at: Date };

export type EmailJob = {
  tenantId: string;
  eId: string;
  configurationEId: string;
  recipient: string;
  subject: string;
  status: JobStatus;
  attempts: number;
  nextAttemptAt: Date | null;
  postmarkMessageId: string | null;
  acceptedAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  lastError: JobError | null;
};

export type Attachment = { filename: string; contentType: string; contentBase64: string };

/** What the tenant asked to be sent. Kept apart from the job, so that it can be purged while the job is kept. */
export type JobPayload = {
  /** As the tenant wrote it; the job's `recipient` is the canonical form. */
  recipient: string;
  replyToEmail: string | null;
  subject: string;
  htmlBody: string | null;
  textBody: string | null;
  tag: string | null;
  metadata: Record<string, string>;
  attachments: Attachment[];
};
