/** The sandbox for one test file, its control API, and our adapters pointed at it. */
import { afterAll, beforeAll } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/start.ts';

export type Outside = Sandbox & { control: (path: string, body?: unknown) => Promise<unknown>; get: (path: string) => Promise<unknown> };

/** Credentials of nobody: the AWS clients sign with something. */
export const awsCredentialsOfNobody = (): void => {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
};

export function outside(): () => Outside {
  let started: Outside | null = null;
  beforeAll(async () => {
    awsCredentialsOfNobody();
    const sandbox = await startSandbox();
    const call = async (path: string, init: RequestInit): Promise<unknown> => {
      const response = await fetch(`${sandbox.addresses.control}${path}`, init);
      const body: unknown = await response.json();
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
      return body;
    };
    started = {
      ...sandbox,
      control: (path, body = {}) =>
        call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      get: (path) => call(path, {}),
    };
  });
  afterAll(async () => started?.close());
  return () => {
    if (started === null) throw new Error('the sandbox is not up');
    return started;
  };
}
