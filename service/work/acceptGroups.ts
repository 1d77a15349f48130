/**
 * Acceptance in groups: requests that come while a group is being written form the next one, and share its look and its commit.
 *
 * Guarantee: what `acceptTogether` says of each request, answered after the commit. One request that Postgres refuses fails alone; a tenant that asks
 * much does not delay another's, since a group is filled by tenants in turn.
 * Mechanism: no timer. With fewer than `groupsAtOnce` groups under way (2 by default: while one is committed, one is gathered and judged) a request goes at once, so that a quiet service waits for nothing; a busy one
 * pays one commit for many (a row costs a tenth when it shares its commit).
 * On a crash nothing of an open group was answered, and nothing of it is on disk unless all of it is.
 */
import { isRefusedByPostgres } from '../store/pool.ts';
import { type AcceptContext, type Asked, accept, acceptTogether } from './accept.ts';
import type { AcceptOutcome, AcceptRequest, Caller } from './outcomes.ts';

/** Bodies of one group, so that a few large messages do not hold up many small ones. */
const bytesMax = 4_000_000;

type Waiting = Asked & {
  bytes: number;
  resolve: (outcome: AcceptOutcome) => void;
  reject: (error: unknown) => void;
};

/** `groupMax`: requests in one group. */
export type GroupSettings = { groupMax: number; groupsAtOnce: number };

/** One outcome per request, in order. */
export type Accept = (requests: readonly AcceptRequest[], caller: Caller) => Promise<AcceptOutcome[]>;

const bytesOf = ({ payload }: AcceptRequest): number =>
  (payload.htmlBody?.length ?? 0) +
  (payload.textBody?.length ?? 0) +
  payload.attachments.reduce((sum, { contentBase64 }) => sum + contentBase64.length, 0);

/** What waits, by tenant, in the order the tenants are served. */
const turns = (groupMax: number) => {
  const queues = new Map<string, Waiting[]>();
  return {
    add(one: Waiting): void {
      const queue = queues.get(one.request.tenantId);
      if (queue === undefined) queues.set(one.request.tenantId, [one]);
      else queue.push(one);
    },
    isEmpty: () => queues.size === 0,
    /** The next group: one of each tenant, and again, until it is full. At least one. */
    take(): Waiting[] {
      const group: Waiting[] = [];
      let bytes = 0;
      for (let [first] = queues; first !== undefined; [first] = queues) {
        const [tenantId, queue] = first;
        const [next] = queue;
        if (next === undefined || group.length >= groupMax || (group.length > 0 && bytes + next.bytes > bytesMax)) break;
        queue.shift();
        group.push(next);
        bytes += next.bytes;
        // To the end of the line, or out of it.
        queues.delete(tenantId);
        if (queue.length > 0) queues.set(tenantId, queue);
      }
      return group;
    },
  };
};

export const acceptGroups = (ctx: AcceptContext, { groupMax, groupsAtOnce }: GroupSettings): Accept => {
  const waiting = turns(groupMax);
  let underWay = 0;

  const alone = async (one: Waiting): Promise<void> => {
    try {
      const [outcome] = await acceptTogether(ctx, [one]);
      if (outcome === undefined) throw new Error('acceptance answered fewer requests than it was given');
      one.resolve(outcome);
    } catch (error) {
      one.reject(error);
    }
  };

  const write = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const outcomes = await acceptTogether(ctx, group);
      for (const [index, one] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) one.reject(new Error('acceptance answered fewer requests than it was given'));
        else one.resolve(outcome);
      }
    } catch (error) {
      if (group.length > 1 && isRefusedByPostgres(error)) for (const one of group) await alone(one);
      else for (const one of group) one.reject(error);
    }
  };

  const turn = (): void => {
    while (underWay < groupsAtOnce && !waiting.isEmpty()) {
      underWay += 1;
      void write(waiting.take()).finally(() => {
        underWay -= 1;
        turn();
      });
    }
  };

  const gather = (request: AcceptRequest, caller: Caller): Promise<AcceptOutcome> =>
    new Promise((resolve, reject) => {
      waiting.add({ request, caller, bytes: bytesOf(request), resolve, reject });
      turn();
    });

  return async (requests, caller) => {
    const [only, ...others] = requests;
    // A batch is a group already.
    return only === undefined || others.length > 0 ? accept(ctx, requests, caller) : [await gather(only, caller)];
  };
};
