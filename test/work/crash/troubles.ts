/** The columns of the table: what becomes of one call, and of the process that makes it. */
import { PortFault } from '../../../service/core/portFault.ts';
import type { Fault } from '../../loop/support/control.ts';
import type { CrashWorld } from './crashWorld.ts';
import type { Happening, Mortal } from './mortal.ts';

export const crashes = ['dies before it', 'dies after it', 'dies after its commit'] as const;
/** The process stands still for longer than its lease, another one goes on with its work, and then it wakes in the middle of what it did. */
export const stalls = ['stalls before it', 'stalls after it'] as const;
/** A connection that is cut and an answer 500 are to a task what a lost answer is: adapters call them all `unknown`, and test/ports holds them to it. */
export const answers = ['lost, not done', 'lost, done', 'late', 'done twice', 'error 503', 'throttled', 'refused'] as const;

export const troubles = [...crashes, ...stalls, ...answers] as const;
export type Trouble = (typeof troubles)[number];

/** A call as the row names it, as the port has it, and as the provider's faults do. */
export type Call = {
  /** `servers.createServer`, or a method of the database. */
  method: string;
  /** Null: it does not leave the process, and has no answer that could be lost. */
  wire: { service: 'postmark' | 'route53' | 'dns'; operation: string; refusal: Pick<Fault, 'status' | 'errorCode'> } | null;
};

export type Meeting = {
  world: CrashWorld;
  /** Who makes the call. */
  worker: Mortal;
  call: Call;
  /** The work of the one that stands still is taken over, and done as far as it can be. */
  elsewhere: () => Promise<void>;
  /** Calls that arrive at the provider when everybody has given them up. */
  landing: (() => unknown)[];
};

const commits = ['db.transaction', 'db.query', 'db.maybeOne'];

const dying: Record<(typeof crashes)[number] | (typeof stalls)[number], (meeting: Meeting) => Happening> = {
  'dies before it':
    () =>
    ({ die }) =>
      die(),
  'dies after it':
    () =>
    ({ honest, die }) => {
      const answer = honest();
      return answer instanceof Promise ? answer.then(die, die) : die();
    },
  'dies after its commit':
    ({ worker }) =>
    ({ honest }) => {
      const atCommit: Happening = async (commit) => {
        await commit.honest();
        commit.die();
      };
      const arm = (answer: unknown) => {
        for (const each of commits) worker.meet(each, atCommit);
        return answer;
      };
      const answer = honest();
      return answer instanceof Promise ? answer.then(arm) : arm(answer);
    },
  'stalls before it':
    ({ elsewhere }) =>
    async ({ honest }) => {
      await elsewhere();
      return honest();
    },
  'stalls after it':
    ({ elsewhere }) =>
    async ({ honest }) => {
      const answer = await honest();
      await elsewhere();
      return answer;
    },
};

const unknown = (call: Call): PortFault =>
  new PortFault(
    { class: 'unknown', provider: call.wire?.service ?? 'postmark', operation: call.method, httpStatus: null, code: null },
    `${call.method}: no answer`,
    null,
  );

/** What only a wrapper around the call can bring about without waiting. */
const around: Partial<Record<Trouble, (meeting: Meeting) => Happening>> = {
  late:
    ({ call, landing }) =>
    ({ honest }) => {
      landing.push(honest);
      if (call.wire?.service === 'dns') return { kind: 'unreachable', reason: 'no answer' };
      throw unknown(call);
    },
  'done twice':
    () =>
    async ({ honest }) => {
      await honest();
      return honest();
    },
};

const faultOf = (trouble: Trouble, { wire }: Call): Omit<Fault, 'service' | 'operation'> => {
  const isAws = wire?.service === 'route53';
  switch (trouble) {
    case 'lost, not done':
      return { kind: 'timeout-before' };
    case 'lost, done':
      return { kind: 'timeout-after' };
    case 'error 503':
      return { kind: 'status', status: 503, errorCode: isAws ? 'ServiceUnavailable' : 100 };
    case 'throttled':
      return { kind: 'throttle' };
    default:
      return { kind: 'status', ...wire?.refusal };
  }
};

/** Over the wire, by adapters that wait for an answer only a moment. */
const onTheWire =
  (trouble: Trouble, { world, call }: Meeting): Happening =>
  async ({ args }) => {
    const [room = '', verb = ''] = call.method.split('.');
    const port = Reflect.get(world.outside.impatient, room);
    const method: (...args: unknown[]) => Promise<unknown> = Reflect.get(port, verb);
    if (call.wire === null) throw new Error(`${call.method} has no wire`);
    const { service, operation } = call.wire;
    await world.outside.control.fault({ service, operation, ...faultOf(trouble, call), times: 1 });
    return method.apply(port, [...args]).finally(() => world.outside.control.clearFaults());
  };

const isDying = (trouble: Trouble): trouble is (typeof crashes)[number] | (typeof stalls)[number] => trouble in dying;

export const arrange = (trouble: Trouble, meeting: Meeting): void => {
  const happening = isDying(trouble) ? dying[trouble](meeting) : (around[trouble]?.(meeting) ?? onTheWire(trouble, meeting));
  meeting.worker.meet(meeting.call.method, happening);
};
