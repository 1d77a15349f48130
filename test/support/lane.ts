/** Tests that need a program most machines lack: skipped without it, and an error where every lane is required (CI_REQUIRE_ALL=1). */
import { findProgram, lanes } from '../../dev/lanes.ts';

/** The program's path; null when this lane is left out. */
export function laneProgram(name: string): string | null {
  const lane = lanes.find((each) => each.name === name);
  if (lane === undefined) throw new Error(`there is no lane ${name}: dev/lanes.ts has ${lanes.map((each) => each.name).join(', ')}`);
  const path = findProgram(lane);
  if (path === null && process.env['CI_REQUIRE_ALL'] === '1') {
    throw new Error(`the lane ${name} is required here and its program is missing; apt-get install ${lane.debianPackage}`);
  }
  return path;
}
