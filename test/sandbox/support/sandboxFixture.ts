/** A sandbox of one test file, on free ports, with the official clients pointed at it. */
import { KMSClient } from '@aws-sdk/client-kms';
import { Route53Client } from '@aws-sdk/client-route-53';
import { afterAll } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../sandbox/start.ts';

export const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-checked' };

export type Posted = { status: number; body: Record<string, unknown> };

export type SandboxFixture = Sandbox & {
  route53: Route53Client;
  kms: KMSClient;
  get(path: string): Promise<Posted>;
  post(path: string, body: unknown): Promise<Posted>;
  delete(path: string): Promise<Posted>;
};

async function control(url: string, init: RequestInit): Promise<Posted> {
  const response = await fetch(url, init);
  const body: unknown = await response.json();
  return { status: response.status, body: Object.fromEntries(Object.entries(body ?? {})) };
}

/** One attempt only: what the sandbox answers is what the test sees. */
export function route53Client(endpoint: string): Route53Client {
  return new Route53Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

export function kmsClient(endpoint: string): KMSClient {
  return new KMSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

export async function sandboxFixture(options: SandboxOptions = {}): Promise<SandboxFixture> {
  const sandbox = await startSandbox(options);
  const route53 = route53Client(sandbox.addresses.route53);
  const kms = kmsClient(sandbox.addresses.kms);
  const at = (path: string) => `${sandbox.addresses.control}${path}`;
  afterAll(async () => {
    route53.destroy();
    kms.destroy();
    await sandbox.close();
  });
  return {
    ...sandbox,
    route53,
    kms,
    get: (path) => control(at(path), {}),
    post: (path, body) => control(at(path), { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    delete: (path) => control(at(path), { method: 'DELETE' }),
  };
}

/** Name, HTTP status and message of what an SDK call rejected with. */
export async function rejection(call: Promise<unknown>): Promise<{ name: string; status: number | undefined; message: string }> {
  try {
    await call;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const metadata: unknown = '$metadata' in cause ? cause.$metadata : {};
    const status =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? Number(metadata.httpStatusCode) : undefined;
    return { name: cause.name, status, message: cause.message };
  }
  throw new Error('the call was expected to be refused');
}
