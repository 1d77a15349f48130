/**
 * Postmark's own list of addresses that one server must not mail. Both calls may be repeated: adding what is there and removing what is not are
 * answered as done. The list is eventually consistent: it is read to find what was lost, never to check what was just written.
 */
import { z } from 'zod';
import { canonicalRecipient } from '../core/job/recipient.ts';
import { PortFault } from '../core/portFault.ts';
import type { MailTransport } from './ports.ts';
import type { PostmarkClient } from './postmarkClient.ts';

const wireList = z.object({
  Suppressions: z.array(
    z.object({
      EmailAddress: z.string(),
      SuppressionReason: z.enum(['HardBounce', 'SpamComplaint', 'ManualSuppression']),
      CreatedAt: z.coerce.date(),
    }),
  ),
});

/** The stream that every message of ours goes through. */
const stream = 'outbound';
/** Postmark takes 50 at a time (1410). */
const entriesMax = 50;

const wireStatuses = z.object({
  Suppressions: z.array(z.object({ EmailAddress: z.string(), Status: z.string(), Message: z.string().nullish() })),
});
type Status = z.output<typeof wireStatuses>['Suppressions'][number];

export function postmarkSuppressions(client: PostmarkClient): Pick<MailTransport, 'suppress' | 'release' | 'listSuppressions'> {
  const change = async (
    verb: 'createSuppressions' | 'deleteSuppressions',
    operation: string,
    serverToken: string,
    recipients: readonly string[],
  ) => {
    const statuses: Status[] = [];
    for (let from = 0; from < recipients.length; from += entriesMax) {
      const entries = { Suppressions: recipients.slice(from, from + entriesMax).map((EmailAddress) => ({ EmailAddress })) };
      const answer = await client.server(serverToken, { operation, answer: wireStatuses, run: (server) => server[verb](stream, entries) });
      statuses.push(...answer.Suppressions);
    }
    return statuses.filter((each) => each.Status === 'Failed');
  };

  return {
    async suppress(serverToken, recipients) {
      const operation = 'POST /message-streams/{id}/suppressions';
      const failed = await change('createSuppressions', operation, serverToken, recipients);
      if (failed.length === 0) return;
      const detail = { class: 'refused', provider: 'postmark', operation, httpStatus: 200, code: 'Failed' } as const;
      throw new PortFault(detail, `${operation}: Postmark refused to suppress ${failed.length} of ${recipients.length} addresses`, null);
    },

    async release(serverToken, recipients) {
      const failed = await change('deleteSuppressions', 'POST /message-streams/{id}/suppressions/delete', serverToken, recipients);
      return failed.map((each) => ({ recipient: each.EmailAddress, reason: each.Message ?? 'refused without a reason' }));
    },

    async listSuppressions(serverToken) {
      const { Suppressions } = await client.server(serverToken, {
        operation: 'GET /message-streams/{id}/suppressions/dump',
        answer: wireList,
        run: (server) => server.getSuppressions(stream),
      });
      return Suppressions.map(({ EmailAddress, SuppressionReason, CreatedAt }) => ({
        recipient: canonicalRecipient(EmailAddress) ?? EmailAddress,
        reason: SuppressionReason,
        since: CreatedAt,
      }));
    },
  };
}
