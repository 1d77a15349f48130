import type { Postmark } from '../postmark.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from './server.ts';

/** Whether nobody removed the server while something was waited for. */
export const isStillThere = ({ servers }: Postmark, record: ServerRecord): boolean => servers.byId(record.server.ID) === record;

/** For a call of the server's own, which was authenticated before it waited. */
export function checkStillThere(postmark: Postmark, record: ServerRecord): void {
  if (!isStillThere(postmark, record)) throw new Refusal(422);
}
