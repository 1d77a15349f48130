/**
 * `npm run bench -- send [accepting | draining | memory | chaos]`: what the send path carries.
 *
 * accepting: messages accepted a second against pgbench's single-row commits in the same round, and against one transaction per request.
 * draining: messages a second that leave in batches to a provider without latency.
 * memory: the same for 200,000 messages; the service's memory must stay flat.
 * chaos: each of 10,000 messages exactly once, while calls go wrong and processes are killed.
 *
 * Ends with 1 when a bar is missed.
 */
import { needTools } from './load/tool.ts';
import { measureParts } from './parts.ts';
import { measureAccepting } from './send/accepting.ts';
import { measureChaos } from './send/chaos.ts';
import { measureDraining } from './send/draining.ts';

/**
 * As `npm start` has it: with V8's own young generation a busy process collects its old one so seldom that its size tells of garbage. Taken away, these
 * rounds show it.
 */
const littleGarbage = { NODE_OPTIONS: '--max-semi-space-size=4' };

await measureParts(
  {
    accepting: (say) => {
      needTools(['wrk', 'pgbench']);
      return measureAccepting(say);
    },
    draining: (say) => measureDraining(say, { perRound: 20_000, rounds: 3 }),
    memory: (say) => measureDraining(say, { perRound: 40_000, rounds: 5, environment: littleGarbage }),
    chaos: measureChaos,
  },
  process.argv.slice(2),
);
