/**
 * How much of the dearest tests is played. Where everything is required, as in `.ci/run`, all of it; elsewhere a share that changes each day, so that
 * `npm test` stays under eight minutes on two cores. dev/test.ts says so at the end.
 */
export const isWholeSuite = process.env['CI_REQUIRE_ALL'] === '1';

const days = 5;
const today = Math.floor(Date.now() / 86_400_000);

/** Whether the nth of many like it is played: all of them within five days. */
export const isPlayedToday = (n: number): boolean => isWholeSuite || n % days === today % days;
