/** The outside world as a process of its own: started on the ports asked for (0: any), and what it says about itself when it is ready. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, startChild } from './child.ts';
import type { PortName } from './portPlan.ts';

const readySchema = z.object({
  addresses: z.object({
    postmark: z.url(),
    route53: z.url(),
    kms: z.url(),
    dns: z.string().regex(/^[^:]+:\d+$/),
    smtp: z.string().regex(/^[^:]+:\d+$/),
    sentry: z.url(),
    control: z.url(),
    resolver: z.string().regex(/^[^:]+:\d+$/),
    aws: z.url(),
  }),
  zoneId: z.string(),
  zoneName: z.string(),
  kmsKeyArn: z.string(),
  accountToken: z.string(),
});

export type SandboxFacts = z.infer<typeof readySchema>;
export type Sandbox = { child: Child; facts(): Promise<SandboxFacts> };

const script = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));
const readyLimitMs = 30_000;

export const sandboxPorts = [
  ...(['postmark', 'route53', 'kms', 'dns', 'smtp'] as const),
  ...(['sentry', 'control', 'resolver', 'aws'] as const),
] satisfies readonly PortName[];

export type SandboxOptions = { ports: Record<(typeof sandboxPorts)[number], number>; zoneName: string; stateFile: string | null };

/** Nothing of this machine's settings is handed on but what a process needs to run: the sandbox must be the same wherever it is started. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_OPTIONS'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  return Object.fromEntries(kept);
}

export function startSandbox({ ports, zoneName, stateFile }: SandboxOptions): Sandbox {
  const args = sandboxPorts.flatMap((name) => [`--${name}-port`, String(ports[name])]);
  args.push('--zone', zoneName, ...(stateFile === null ? [] : ['--state', stateFile]));
  const child = startChild({ name: 'the sandbox', script, args, env: bareEnvironment(), readyLimitMs });
  const facts = async (): Promise<SandboxFacts> => {
    const parsed = readySchema.safeParse(await child.ready);
    if (parsed.success) return parsed.data;
    throw new Error(`the sandbox's ready line is not what was agreed: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`);
  };
  return { child, facts };
}
