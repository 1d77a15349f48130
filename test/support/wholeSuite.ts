/**
 * Whether everything is required, as in `.ci/run`. Elsewhere the dearest tests are shortened, so that `npm test` stays short on two cores: a third of
 * the table of crashes (another each day), a smaller fleet, an update without the way back. dev/test.ts says so at the end.
 */
export const isWholeSuite = process.env['CI_REQUIRE_ALL'] === '1';
