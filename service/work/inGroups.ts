/**
 * Work that waits, done in groups: what comes while a group is being written forms the next one, and shares its statements and its commit.
 *
 * Guarantee: each item is answered with what `together` says of it, after that has committed. One item that Postgres refuses fails alone; a tenant that
 * asks much does not delay another's, since a group is filled by tenants in turn.
 * Mechanism: no timer. With no group under way an item goes at once, so that a quiet service waits for nothing; a busy one pays one commit for many (a
 * row costs a tenth when it shares its commit).
 * On a crash nothing of an open group was answered, and nothing of it is on disk unless all of it is.
 */
import { isRefusedByPostgres } from '../store/pool.ts';

/** `groupMax`: items in one group. `groupsAtOnce`: groups under way in this process. */
export type GroupSettings = { groupMax: number; groupsAtOnce: number };

type Grouped<Item, Outcome> = {
  /** One outcome per item, in order. */
  together: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  tenantOf: (item: Item) => string;
  /** What it weighs; absent: nothing. */
  bytesOf?: (item: Item) => number;
};

/**
 * While a group is under way another begins only when so many wait: half of those who ask at once when a service is asked much (32 in our measure). A
 * statement costs Postgres more before its first row than a row does, so two large groups are cheaper than many small ones. A group that is held up, by
 * a lock, delays fewer than these.
 */
const furtherFrom = 16;
/** Of one group, so that a few large items do not hold up many small ones. */
const bytesMax = 4_000_000;

type Waiting<Item, Outcome> = { item: Item; bytes: number; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void };

/** What waits, by tenant, in the order the tenants are served. */
const turns = <W extends { bytes: number }>(groupMax: number) => {
  const queues = new Map<string, W[]>();
  let count = 0;
  return {
    add(tenantId: string, one: W): void {
      count += 1;
      const queue = queues.get(tenantId);
      if (queue === undefined) queues.set(tenantId, [one]);
      else queue.push(one);
    },
    count: () => count,
    /** The next group: one of each tenant, and again, until it is full. At least one. */
    take(): W[] {
      const group: W[] = [];
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
      count -= group.length;
      return group;
    },
  };
};

export const inGroups = <Item, Outcome>(
  { together, tenantOf, bytesOf = () => 0 }: Grouped<Item, Outcome>,
  { groupMax, groupsAtOnce }: GroupSettings,
): ((item: Item) => Promise<Outcome>) => {
  const waiting = turns<Waiting<Item, Outcome>>(groupMax);
  let underWay = 0;
  const enough = (): number => (underWay === 0 ? 1 : Math.min(furtherFrom, groupMax));

  const written = async (group: readonly Waiting<Item, Outcome>[]): Promise<() => void> => {
    const outcomes = await together(group.map(({ item }) => item));
    if (outcomes.length !== group.length) throw new Error('a group was answered with another number of outcomes than it has items');
    return () => {
      for (const [index, one] of group.entries()) one.resolve(outcomes[index] as Outcome);
    };
  };

  /** Resolves, never rejects, when Postgres has answered; what it resolves with tells those who wait. */
  const write = async (group: readonly Waiting<Item, Outcome>[]): Promise<() => void> => {
    try {
      return await written(group);
    } catch (error) {
      if (group.length > 1 && isRefusedByPostgres(error)) {
        for (const one of group) (await write([one]))();
        return () => {};
      }
      return () => {
        for (const one of group) one.reject(error);
      };
    }
  };

  const turn = (): void => {
    while (underWay < groupsAtOnce && waiting.count() >= enough()) {
      underWay += 1;
      void write(waiting.take()).then((tell) => {
        underWay -= 1;
        turn();
        // Postgres works on the next group while this one's answers are written.
        setImmediate(tell);
      });
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.add(tenantOf(item), { item, bytes: bytesOf(item), resolve, reject });
      turn();
    });
};

/** Rows looked up by a key of theirs; null for one that is not there. Whose a key is is not known before: all are equals. */
export const lookUpInGroups = <Row>(
  find: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
  settings: GroupSettings,
): ((key: string) => Promise<Row | null>) =>
  inGroups<string, Row | null>(
    {
      together: async (keys) => {
        const found = await find(keys);
        return keys.map((key) => found.get(key) ?? null);
      },
      tenantOf: (key) => key,
    },
    settings,
  );
