/** Programs of the system that some tests need and most machines lack. Such a test is skipped without them, and fails with CI_REQUIRE_ALL=1. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Lane = {
  name: string;
  programs: readonly string[];
  debianPackage: string;
  what: string;
  /** With these arguments the program must end well: it may be there without the part that is needed. */
  probe?: readonly string[];
};

export const lanes: readonly Lane[] = [
  {
    name: 'browser',
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    debianPackage: 'chromium',
    what: 'the docs page as a person sees it',
  },
  { name: 'dig', programs: ['dig'], debianPackage: 'bind9-dnsutils', what: "the sandbox's name server asked by somebody else's resolver" },
  { name: 'kdig', programs: ['kdig'], debianPackage: 'knot-dnsutils', what: "the sandbox's name servers asked by a second one" },
  { name: 'aws', programs: ['aws'], debianPackage: 'awscli', what: 'the AWS CLI against the sandbox' },
  { name: 'swaks', programs: ['swaks'], debianPackage: 'swaks', what: "mail handed to the sandbox's SMTP port" },
  {
    name: 'moto',
    programs: ['python3'],
    debianPackage: 'python3-venv',
    what: 'the stacks deployed into an emulated AWS',
    probe: ['-c', 'import ensurepip, venv'],
  },
  { name: 'psql', programs: ['psql'], debianPackage: 'postgresql-client', what: "the runbooks' questions to the database" },
  { name: 'promtool', programs: ['promtool'], debianPackage: 'prometheus', what: "the chart's alerts, played" },
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const answers = (path: string, probe: Lane['probe']): boolean =>
  probe === undefined || spawnSync(path, probe, { stdio: 'ignore' }).status === 0;

/** The program's path, or null. */
export function findProgram({ programs, probe }: Pick<Lane, 'programs' | 'probe'>, path = process.env['PATH'] ?? ''): string | null {
  const candidates = programs.flatMap((program) => path.split(delimiter).map((folder) => join(folder, program)));
  return candidates.find((candidate) => isExecutable(candidate) && answers(candidate, probe)) ?? null;
}

/** One line about what was left out, of these lanes or of all, or null when nothing was. */
export function lanesLeftOut(names?: readonly string[]): string | null {
  const absent = lanes.filter((lane) => (names === undefined || names.includes(lane.name)) && findProgram(lane) === null);
  if (absent.length === 0) return null;
  const each = absent.map(({ name, what }) => `${name} (${what})`).join(', ');
  return `left out: ${each}; to have them: apt-get install ${absent.map(({ debianPackage }) => debianPackage).join(' ')}`;
}
