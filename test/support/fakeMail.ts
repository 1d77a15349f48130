/** Postmark's mail in memory: what it took it shows by job id, and a test says what the next calls meet. */
import type { SendAnswer } from '../../service/core/job/outcome.ts';
import type { ListedSuppression } from '../../service/core/job/suppressionSweep.ts';
import type { MailTransport, OutgoingMessage } from '../../service/ports/ports.ts';
import type { FakeCalls } from './fakeCalls.ts';

export type Sent = { serverToken: string; messages: readonly OutgoingMessage[] };
export type Meet = (messages: readonly OutgoingMessage[], signal: AbortSignal) => Promise<SendAnswer[]> | SendAnswer[];

export const answer = (httpStatus: number, errorCode: number, message = 'as the provider says'): SendAnswer => ({
  kind: 'answered',
  httpStatus,
  errorCode,
  message,
  messageId: null,
});
export const noAnswer: SendAnswer = { kind: 'noAnswer', reason: 'time-out' };

export class FakeMail {
  readonly calls: Sent[] = [];
  /** What the provider took: job id → message id. */
  readonly taken = new Map<string, string>();
  readonly suppressed: string[] = [];
  readonly released: string[] = [];
  refusesToRelease = false;
  /** The provider's own list. */
  listed: ListedSuppression[] = [];
  readonly #meets: Meet[] = [];
  /** For every call that nothing else is scripted for. */
  otherwise: Meet | null = null;
  #lastId = 0;
  readonly #outside: FakeCalls;

  constructor(outside: FakeCalls) {
    this.#outside = outside;
  }

  /** What the next calls meet, in order. */
  next(...meets: Meet[]): void {
    this.#meets.push(...meets);
  }

  /** The same answer for every message; nothing is taken. */
  nextAnswer(...answers: SendAnswer[]): void {
    this.next(...answers.map((each) => (messages: readonly OutgoingMessage[]) => messages.map(() => each)));
  }

  take(messages: readonly OutgoingMessage[]): SendAnswer[] {
    return messages.map(({ metadata }) => {
      this.#lastId += 1;
      const messageId = `message-${this.#lastId}`;
      this.taken.set(metadata['jobId'] ?? '', messageId);
      return { kind: 'answered', httpStatus: 200, errorCode: 0, message: 'OK', messageId };
    });
  }

  /** Job ids of every message that was handed over, in order. */
  get handedOver(): string[] {
    return this.calls.flatMap(({ messages }) => messages.map(({ metadata }) => metadata['jobId'] ?? ''));
  }

  readonly transport: MailTransport = {
    send: async (serverToken, messages, { abort: signal }) => {
      this.calls.push({ serverToken, messages });
      const meet = this.#meets.shift() ?? this.otherwise;
      return meet === null ? this.take(messages) : meet(messages, signal);
    },
    findByJobId: (_serverToken, jobId) =>
      this.#outside.call('postmark', 'findByJobId', () => {
        const messageId = this.taken.get(jobId);
        return messageId === undefined ? null : { messageId, receivedAt: new Date('2026-03-01T12:00:01.000Z') };
      }),
    suppress: (_serverToken, recipients) =>
      this.#outside.call('postmark', 'suppress', () => {
        this.suppressed.push(...recipients);
      }),
    release: (_serverToken, recipients) =>
      this.#outside.call('postmark', 'release', () => {
        if (this.refusesToRelease) return recipients.map((recipient) => ({ recipient, reason: 'a complaint' }));
        this.released.push(...recipients);
        return [];
      }),
    listSuppressions: () => this.#outside.call('postmark', 'listSuppressions', () => this.listed),
  };
}
