/**
 * Postmark's e-mail, message-search and suppression endpoints, with the token of one server.
 * Guarantee of `send`: one entry per message, in order, and never a throw. Postmark has no idempotency key, so an answer that nobody can read is
 * `noAnswer`, and the sender looks the message up by `Metadata.jobId` before it asks again. A crash during the call is the same case.
 */
import { z } from 'zod';
import type { SendAnswer } from '../core/job/outcome.ts';
import { PortFault } from '../core/portFault.ts';
import type { MailTransport, OutgoingMessage, SendTerms } from './ports.ts';
import type { PostmarkClient } from './postmarkClient.ts';
import { answersOf, wireMessage } from './postmarkSend.ts';
import { postmarkSuppressions } from './postmarkSuppressions.ts';

const wireFound = z.object({
  Messages: z.array(
    z.object({ MessageID: z.string().min(1), ReceivedAt: z.coerce.date(), Metadata: z.record(z.string(), z.string()).nullish() }),
  ),
});

export function postmarkTransport(client: PostmarkClient): MailTransport {
  return {
    async send(serverToken: string, messages: readonly OutgoingMessage[], terms: SendTerms): Promise<SendAnswer[]> {
      const [only, ...others] = messages.map(wireMessage);
      if (only === undefined) return [];
      const exchange = await client.exchange(serverToken, terms, (server) =>
        others.length === 0 ? server.sendEmail(only) : server.sendEmailBatch([only, ...others]),
      );
      return answersOf(exchange, messages.length);
    },

    async findByJobId(serverToken, jobId) {
      const operation = 'GET /messages/outbound';
      const { Messages } = await client.server(serverToken, {
        operation,
        answer: wireFound,
        run: (server) => server.getOutboundMessages({ count: 1, offset: 0, metadata_jobId: jobId }),
      });
      const [found] = Messages;
      if (found === undefined) return null;
      // An answer to another question must not settle a job: with a filter that is ignored, the newest message of the server comes back.
      if (found.Metadata?.['jobId'] !== jobId) {
        const detail = { class: 'unknown', provider: 'postmark', operation, httpStatus: 200, code: null } as const;
        throw new PortFault(detail, `${operation}: Postmark answered a message of another job`, null);
      }
      return { messageId: found.MessageID, receivedAt: found.ReceivedAt };
    },

    ...postmarkSuppressions(client),
  };
}
