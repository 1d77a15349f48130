/** `npm run check`: everything that can be said about the code without running it. */
import { runChecks } from './checks.ts';

process.exitCode = (await runChecks()) ? 0 : 1;
