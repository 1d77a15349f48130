import type { Instant, Json } from '../../world/world.ts';
import { submittedAt } from '../email/submittedAt.ts';
import type { Postmark } from '../postmark.ts';
import type { JsonObject } from '../rim/jsonBody.ts';

export type BulkContent = { subject: string | null; htmlBody: string | null; textBody: string | null };

/** What is still to be sent of a request. Content is as it was when the request came, whatever becomes of its template. */
export type BulkWork = {
  /** The fields that all messages share, as they were sent. */
  shared: JsonObject;
  content: BulkContent;
  layout: BulkContent | null;
  messages: JsonObject[];
};

export type BulkStatus = 'Accepted' | 'Processing' | 'Completed' | 'Failed' | 'Cancelled';

export type BulkRequest = {
  id: string;
  serverId: number;
  at: Instant;
  subject: string;
  status: BulkStatus;
  total: number;
  done: number;
  /** Null once it has ended. */
  work: BulkWork | null;
};

/** What the submission answers. */
export const acceptedBulk = (postmark: Postmark, bulk: BulkRequest): { [field: string]: Json } => ({
  Id: bulk.id,
  Status: bulk.status,
  SubmittedAt: submittedAt(postmark, bulk.at),
});

export const shownBulk = (postmark: Postmark, bulk: BulkRequest): { [field: string]: Json } => ({
  ...acceptedBulk(postmark, bulk),
  TotalMessages: bulk.total,
  PercentageCompleted: Math.floor((100 * bulk.done) / bulk.total),
  Subject: bulk.subject,
});
