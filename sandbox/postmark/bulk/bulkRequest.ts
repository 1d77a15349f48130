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
  /** Of those done: passed over, because the recipient must not be mailed. */
  failed: number;
  /** Null once it has ended. */
  work: BulkWork | null;
};

/** What the submission answers. */
export const acceptedBulk = (postmark: Postmark, bulk: BulkRequest): { [field: string]: Json } => ({
  Id: bulk.id,
  Status: bulk.status,
  SubmittedAt: submittedAt(postmark, bulk.at),
});

/** Counts are of messages. `PercentageCompleted` is a fraction of 100, with two decimals at most; a subject that there is not is left out. */
export const shownBulk = (postmark: Postmark, bulk: BulkRequest): { [field: string]: Json } => ({
  ...acceptedBulk(postmark, bulk),
  TotalMessages: bulk.total,
  PercentageCompleted: Math.floor((10_000 * bulk.done) / bulk.total) / 100,
  ReleasedCount: bulk.done - bulk.failed,
  FailedCount: bulk.failed,
  ...(bulk.subject === '' ? {} : { Subject: bulk.subject }),
});
