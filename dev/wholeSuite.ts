/**
 * How much of the dearest tests is played. Where everything is required, as in `.ci/run`, all of it; elsewhere a share that changes each day, so that
 * `npm test` stays under eight minutes on two cores. dev/test.ts says so at the end.
 */
export const isWholeSuite = process.env['CI_REQUIRE_ALL'] === '1';

const days = 5;
const today = Math.floor(Date.now() / 86_400_000);

/** Whether the nth of many like it is played: all of them within five days. */
export const isPlayedToday = (n: number): boolean => isWholeSuite || n % days === today % days;

/** Files that take ten seconds and more each, of processes that are killed, starved and waited for; the dearest first, so that the days cost alike. */
const dearFiles = [
  'loop/labelledDrift',
  'loop/rollingUpdate',
  'loop/crash',
  'loop/canary',
  'loop/process',
  'infra/synthCommand',
  'dev/start',
  'loop/rotation',
  'loop/isolation',
  'dev/replicas',
  'loop/exactlyOnce',
  'loop/kmsMoods',
  'loop/lostAnswers',
  'loop/clock',
  'loop/replicas',
  'loop/locks',
  'sandbox/whole/faults',
  'loop/stalled',
  'docs/tour',
  'loop/fleet',
  'loop/driftMending',
  'loop/traces',
  'loop/removal',
  'loop/fair',
  'loop/idleMemory',
  'sandbox/control/process',
  'ports/awsOverTheWire',
].map((name) => `test/${name}.test.ts`);

/** What a whole `npm test` leaves to the other days. Asked for by name, each is played on any day. */
export const filesOfOtherDays = (): string[] => dearFiles.filter((_, n) => !isPlayedToday(n));
