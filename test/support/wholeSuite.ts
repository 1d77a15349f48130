/**
 * Whether everything is required, as in `.ci/run`. Elsewhere the two dearest tests are shortened, so that `npm test` stays short on two cores: a third of
 * the table of crashes (another each day), and a smaller fleet. dev/test.ts says so at the end.
 */
export const isWholeSuite = process.env['CI_REQUIRE_ALL'] === '1';
