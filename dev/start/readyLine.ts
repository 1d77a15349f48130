/** What `npm start` says once everything answers: one line of JSON for programs, some lines for people. */
import type { SandboxFacts } from './sandbox.ts';

export type ReadyLine = {
  ready: true;
  /** The first service's; null with `--no-service`. */
  service: string | null;
  services: string[];
  metrics: string | null;
  apiKey: string;
  databaseUrl: string;
  dataDir: string;
  sandbox: SandboxFacts['addresses'];
  /** `service` in the order of `services`; `postgres` is null when DATABASE_URL names one that is not ours. */
  pids: { service: number[]; sandbox: number; postgres: number | null };
};

export function readyText(line: ReadyLine, environmentFile: string | null): string {
  const { service, sandbox } = line;
  const base = `${service}/v1/shop-access/email`;
  const next =
    service === null
      ? ['No service was started. Start it under your debugger with:', `  node --env-file=${environmentFile} service/main.ts`]
      : [
          'Next:',
          '  npm run tour                 a tenant from nothing to its first delivered mail',
          `  ${service}/docs   every call, to read and to try`,
          `  ${sandbox.control}/       the inbox: what was sent, and buttons for what becomes of it`,
          `  curl -H 'Authorization: Bearer ${line.apiKey}' ${base}/configuration`,
        ];
  return [
    '',
    'Postroute is ready.',
    ...line.services.map((url, index) => `  service ${index + 1}    ${url}`),
    `  Postmark     ${sandbox.postmark}`,
    `  Route 53     ${sandbox.route53}`,
    `  KMS          ${sandbox.kms}`,
    `  AWS          ${sandbox.aws}   Secrets Manager, Parameter Store, STS, CloudFormation`,
    `  DNS          ${sandbox.dns}   and a resolver that remembers on ${sandbox.resolver}`,
    `  SMTP         ${sandbox.smtp}   Postmark's`,
    `  Sentry       ${sandbox.sentry}`,
    `  control      ${sandbox.control}`,
    `  data         ${line.dataDir}`,
    `  API key      ${line.apiKey}`,
    '',
    ...next,
    '',
    'Ctrl-C stops all of it; the data stays.',
    '',
  ].join('\n');
}
