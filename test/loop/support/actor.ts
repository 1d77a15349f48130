/**
 * A tenant's side of the API, as somebody has it who read the contract and nothing else: requests, and looks until something is so.
 * One actor is one configuration of one tenant.
 */
import type { ApiAnswer, ApiClient } from '../../support/apiClient.ts';
import type { Control, ProviderServer, ZoneRecord } from './control.ts';
import { until } from './until.ts';

export type ConfigurationRecord = {
  eId: string;
  tenantId: string;
  sendingDomainSlug: string;
  sendingDomain: string;
  status: string;
  operationalStatus: string;
  administrativeStatus: string;
  step: string | null;
  canSend: boolean;
  waitingOn: { what: string; since: string; nextLook: string | null; signal: string | null; detail: string | null } | null;
  allowedSignals: string[];
  postmark: { serverId: number | null; serverName: string | null; domainId: number | null; webhookId: number | null };
  dns: { purpose: string; type: string; name: string; value: string; ttl: number; writtenAt: string | null }[];
  failureCount: number;
  inFlight: number;
  queued: number;
  generation: number;
};

export type JobRecord = {
  eId: string;
  status: string;
  attempts: number;
  nextAttemptAt: string | null;
  postmarkMessageId: string | null;
  acceptedAt: string;
  sentAt: string | null;
  deliveredAt: string | null;
  lastError: { code: string; message: string } | null;
};

export type Problem = {
  code: string;
  status: number;
  detail: string;
  allowedSignals?: string[];
  waitingOn?: ConfigurationRecord['waitingOn'];
};

export type Answer<T> = Omit<ApiAnswer, 'body'> & { body: T };

export type HistoryEvent = { at: string; author: string; event: string; from: string | null; to: string; detail: Record<string, unknown> };

export type Holdings = { servers: ProviderServer[]; domains: number; webhooks: number; records: ZoneRecord[] };

export type Actor = Awaited<ReturnType<typeof createActor>>;

export type World = { api: ApiClient; control: Control };

let actors = 0;
/** Different from every other name of this run, short enough for any field. */
export const uniqueName = (): string => {
  actors += 1;
  return `t${process.pid.toString(36)}${actors.toString(36)}`;
};

export type ActorOptions = { tenant?: string; slug?: string; provision?: boolean };

/** Creates the configuration and answers who speaks for it. */
export async function createActor(
  { api, control }: World,
  { tenant = uniqueName(), slug = uniqueName(), provision = false }: ActorOptions = {},
) {
  const created = await api.post('/configuration', { sendingDomainSlug: slug, provision }, { tenant });
  if (created.status !== 201) throw new Error(`POST /configuration answered ${created.status}: ${JSON.stringify(created.body)}`);
  const { eId, sendingDomain } = created.body as ConfigurationRecord;
  const serverName = sendingDomain.split('.').reverse().slice(1).join('-');
  let keys = 0;

  const ok = async <T>(path: string): Promise<T> => {
    const answer = await api.get(path, { tenant });
    if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  };
  const record = (): Promise<ConfigurationRecord> => ok(`/configuration/${eId}`);
  const signal = async (name: string, body?: unknown): Promise<Answer<ConfigurationRecord & Problem>> =>
    (await api.post(`/configuration/${eId}/${name}`, body, { tenant })) as Answer<ConfigurationRecord & Problem>;
  const untilRecord = (what: string, isSo: (seen: ConfigurationRecord) => boolean, limitMs?: number) =>
    until(`${slug} ${what}`, record, isSo, limitMs);
  const untilStatus = (status: string, limitMs?: number) => untilRecord(`is ${status}`, (seen) => seen.status === status, limitMs);
  const job = (jobEId: string): Promise<JobRecord> => ok(`/job/${jobEId}`);

  return {
    eId,
    tenant,
    slug,
    sendingDomain,
    serverName,
    record,
    signal,
    untilRecord,
    untilStatus,
    job,
    history: async (): Promise<HistoryEvent[]> => (await ok<{ items: HistoryEvent[] }>(`/configuration/${eId}/history?limit=200`)).items,
    explain: (recipient?: string): Promise<{ canSend: boolean; firstBlocker: string | null; fix: { text: string } | null }> =>
      ok(`/configuration/${eId}/explain${recipient === undefined ? '' : `?recipient=${encodeURIComponent(recipient)}`}`),
    timeline: async (jobEId: string): Promise<{ kind: string; at: string; detail: Record<string, unknown> }[]> =>
      (await ok<{ items: { kind: string; at: string; detail: Record<string, unknown> }[] }>(`/job/${jobEId}/timeline`)).items,
    /** From whatever provisioning has reached to mail that may leave. */
    async unlocked(limitMs?: number): Promise<ConfigurationRecord> {
      await untilStatus('LOCKED', limitMs);
      const { status, body } = await signal('unlock');
      if (status !== 202) throw new Error(`unlock answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    async send(recipient = 'ada@example.com', options: { key?: string; subject?: string; headers?: Record<string, string> } = {}) {
      keys += 1;
      const body = { configurationEId: eId, recipient, subject: options.subject ?? 'Hello', textBody: 'Hi there' };
      const headers = { 'Idempotency-Key': options.key ?? `${eId}-${keys}`, ...options.headers };
      return (await api.call('POST', '/job', { tenant, headers, body })) as Answer<JobRecord & Problem>;
    },
    untilJob: (jobEId: string, status: string, limitMs?: number): Promise<JobRecord> =>
      until(
        `job ${jobEId} is ${status}`,
        () => job(jobEId),
        (seen) => seen.status === status,
        limitMs,
      ),
    /** What the outside holds under this configuration's names. */
    async holdings(): Promise<Holdings> {
      const { postmark, route53 } = await control.state();
      const servers = postmark.servers.filter((server) => server.Name === serverName);
      const records = route53.zones.flatMap((zone) => zone.records).filter(({ Name }) => Name.includes(`${sendingDomain}.`));
      return {
        servers,
        domains: postmark.domains.filter(({ Name }) => Name === sendingDomain).length,
        webhooks: servers.reduce((sum, { webhooks }) => sum + webhooks.length, 0),
        records,
      };
    },
  };
}
