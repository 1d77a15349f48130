/** Brings a running Postroute into the situation that a page is about, through the API and the sandbox's control. */
import { expect } from 'vitest';
import { type ApiClient, operatorClient } from '../../support/apiClient.ts';
import type { Postroute } from '../../support/postroute.ts';

export type Situation = {
  accountToken(): Promise<string>;
  /** Of the mail zone. */
  zoneId(): Promise<string>;
  api(): ApiClient;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** A configuration of a tenant of the same name, provisioning. Answers its eId. */
  create(tenant: string): Promise<string>;
  /** The same, once it can send. */
  sendable(tenant: string): Promise<string>;
  /** A configuration that a page has made. */
  know(eId: string, tenant: string): void;
  untilStatus(eId: string, status: string): Promise<void>;
  /** Answers the job as it is once it is sent or has ended, or after so many seconds: ten. */
  send(tenant: string, configurationEId: string, recipient: string, waitSeconds?: number): Promise<unknown>;
};

type Made = { eId: string };
type State = { postmark: { accountTokens: string[] }; route53: { zones: { Id: string }[] } };

/** `key` is asked each time, because a page may change it. */
export function situationOf({ ready }: Postroute, key: () => string): Situation {
  const api = (): ApiClient => operatorClient(ready.service ?? '', key());
  const control: Situation['control'] = async (method, path, body) => {
    const response = await fetch(`${ready.sandbox.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path} of the sandbox was answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  /** Configurations are read for their own tenant. */
  const tenants = new Map<string, string>();
  const untilStatus = async (eId: string, status: string): Promise<void> => {
    const tenant = tenants.get(eId) ?? '';
    const look = async (): Promise<string> => ((await api().get(`/configuration/${eId}`, { tenant })).body as { status: string }).status;
    await expect.poll(look, { timeout: 45_000, interval: 50 }).toBe(status);
  };
  const create = async (tenant: string): Promise<string> => {
    const request = { sendingDomainSlug: tenant, signatureRequest: { fromName: tenant }, provision: true };
    const { status, body } = await api().post('/configuration', request, { tenant });
    expect(status).toBe(201);
    const { eId } = body as Made;
    tenants.set(eId, tenant);
    return eId;
  };
  let sent = 0;
  const state = async () => (await control('GET', '/state')) as State;
  return {
    accountToken: async () => (await state()).postmark.accountTokens[0] ?? '',
    zoneId: async () => (await state()).route53.zones[0]?.Id.replace('/hostedzone/', '') ?? '',
    api,
    control,
    create,
    know: (eId, tenant) => {
      tenants.set(eId, tenant);
    },
    untilStatus,
    sendable: async (tenant) => {
      const eId = await create(tenant);
      await untilStatus(eId, 'LOCKED');
      await expect
        .poll(async () => (await api().post(`/configuration/${eId}/unlock`, {}, { tenant })).status, { timeout: 45_000, interval: 50 })
        .toBeLessThan(300);
      return eId;
    },
    send: async (tenant, configurationEId, recipient, waitSeconds = 10) => {
      sent += 1;
      const wait = waitSeconds === 0 ? {} : { Prefer: `wait=${waitSeconds}` };
      const headers = { 'Idempotency-Key': `${tenant}-${sent}`, ...wait };
      const message = { configurationEId, recipient, subject: 'Welcome', textBody: 'Hello' };
      return (await api().post('/job', message, { tenant, headers })).body;
    },
  };
}
