/**
 * `npm run bench -- drift [SIZES]`: what a run of the three assertions costs over 1,000, 10,000 and 100,000 configurations, or over as many as are named.
 *
 * One service beside the sandbox on this machine, which answers without delay; one Postgres. Calls are counted by the sandbox, CPU and memory are those of
 * the service's process as the kernel has them. Ends with 1 when a bar is missed.
 */
import { measureDrift } from './drift/measure.ts';
import { measureParts } from './parts.ts';

const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : [1_000, 10_000, 100_000];
if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
  process.stderr.write('postroute: sizes are whole numbers, such as 1000 10000 100000\n');
  process.exitCode = 2;
} else {
  await measureParts(
    {
      drift: (say) =>
        measureDrift(
          say,
          sizes.toSorted((a, b) => a - b),
        ),
    },
    [],
  );
}
