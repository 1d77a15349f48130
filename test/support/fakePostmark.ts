/** Postmark's account in memory: servers with unique names, domains with unique names, webhooks of each server. Deleting servers is refused unless allowed. */
import type {
  DomainDirectory,
  ProviderDomain,
  ProviderServer,
  ProviderWebhook,
  ServerDirectory,
  ServerInventory,
  WebhookDirectory,
  WebhookHeaders,
} from '../../service/ports/ports.ts';
import type { FakeCalls } from './fakeCalls.ts';

/** As Postmark shows them: by their names in small letters. */
const shown = ({ authorization, signature }: WebhookHeaders): Record<string, string> => ({
  authorization,
  'x-postroute-signature': signature,
});

export class FakePostmark {
  readonly servers = new Map<number, ProviderServer>();
  readonly domains = new Map<number, ProviderDomain>();
  readonly webhooks = new Map<number, ProviderWebhook & { serverToken: string }>();
  /** Postmark's default: an account may not delete servers (604). */
  mayDeleteServers = true;
  #lastId = 1000;
  readonly #calls: FakeCalls;

  constructor(calls: FakeCalls) {
    this.#calls = calls;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** A server made by hand. */
  addServer(name: string): ProviderServer {
    const serverId = this.nextId();
    const server = { serverId, name, tokens: [`token-of-${serverId}`] };
    this.servers.set(serverId, server);
    return server;
  }

  addDomain(name: string, returnPathDomain: string): ProviderDomain {
    const domainId = this.nextId();
    const domain: ProviderDomain = {
      domainId,
      name,
      dkim: { host: `2026._domainkey.${name}`, value: `k=rsa;p=${'A'.repeat(216)}${domainId}` },
      returnPath: { host: returnPathDomain, value: 'pm.mtasv.net' },
      dkimVerified: false,
      returnPathVerified: false,
    };
    this.domains.set(domainId, domain);
    return domain;
  }

  /** As a person does on Postmark's pages. */
  setTokens(serverId: number | null, tokens: readonly string[]): void {
    const server = this.servers.get(serverId ?? 0) ?? this.#calls.refuse('postmark', 'server', 12);
    this.servers.set(server.serverId, { ...server, tokens });
  }

  setFlags(domainId: number, dkimVerified: boolean, returnPathVerified: boolean): void {
    this.domains.set(domainId, { ...this.domain(domainId), dkimVerified, returnPathVerified });
  }

  domain(domainId: number): ProviderDomain {
    return this.domains.get(domainId) ?? this.#calls.refuse('postmark', 'domain', 510);
  }

  #serverNamed(name: string): ProviderServer | null {
    return [...this.servers.values()].find((server) => server.name === name) ?? null;
  }

  readonly serverDirectory: ServerDirectory = {
    createServer: (name) =>
      this.#calls.call('postmark', 'createServer', () =>
        this.#serverNamed(name) === null ? this.addServer(name) : this.#calls.refuse('postmark', 'createServer', 603),
      ),
    findServerByName: (name) => this.#calls.call('postmark', 'findServerByName', () => this.#serverNamed(name)),
    findServersByPrefix: (prefix) =>
      this.#calls.call('postmark', 'findServersByPrefix', () => [...this.servers.values()].filter(({ name }) => name.startsWith(prefix))),
    renameServer: (serverId, name) =>
      this.#calls.call('postmark', 'renameServer', () => {
        const server = this.servers.get(serverId) ?? this.#calls.refuse('postmark', 'renameServer', 12);
        const holder = this.#serverNamed(name);
        if (holder !== null && holder.serverId !== serverId) this.#calls.refuse('postmark', 'renameServer', 603);
        this.servers.set(serverId, { ...server, name });
      }),
    deleteServer: (serverId) =>
      this.#calls.call('postmark', 'deleteServer', () => {
        if (!this.servers.has(serverId)) return 'absent';
        if (!this.mayDeleteServers) this.#calls.refuse('postmark', 'deleteServer', 604);
        this.servers.delete(serverId);
        return 'deleted';
      }),
    listServers: () =>
      this.#calls.call('postmark', 'listServers', () => ({ total: this.servers.size, servers: [...this.servers.values()] })),
  };

  readonly inventory: ServerInventory = {
    listServers: (offset) =>
      this.#calls.call('postmark', 'inventory', () => {
        const servers = [...this.servers.values()].slice(offset, offset + 500);
        return { total: this.servers.size, servers: servers.map(({ serverId, name }) => ({ serverId, name, deliveryType: 'Live' })) };
      }),
    findServer: (serverId) =>
      this.#calls.call('postmark', 'findServer', () => {
        const server = this.servers.get(serverId);
        return server === undefined ? null : { ...server, deliveryType: 'Live' };
      }),
  };

  readonly domainDirectory: DomainDirectory = {
    createDomain: (name, returnPathDomain) =>
      this.#calls.call('postmark', 'createDomain', () =>
        [...this.domains.values()].some((domain) => domain.name === name)
          ? this.#calls.refuse('postmark', 'createDomain', 512)
          : this.addDomain(name, returnPathDomain),
      ),
    findDomainByName: (name) =>
      this.#calls.call('postmark', 'findDomainByName', () => [...this.domains.values()].find((domain) => domain.name === name) ?? null),
    verifyDkim: (domainId) => this.#calls.call('postmark', 'verifyDkim', () => this.domain(domainId)),
    verifyReturnPath: (domainId) => this.#calls.call('postmark', 'verifyReturnPath', () => this.domain(domainId)),
    deleteDomain: (domainId) => this.#calls.call('postmark', 'deleteDomain', () => (this.domains.delete(domainId) ? 'deleted' : 'absent')),
    listDomains: (offset) =>
      this.#calls.call('postmark', 'listDomains', () => ({
        total: this.domains.size,
        domains: [...this.domains.values()].slice(offset, offset + 500),
      })),
  };

  readonly webhookDirectory: WebhookDirectory = {
    listWebhooks: (serverToken) =>
      this.#calls.call('postmark', 'listWebhooks', () => {
        this.#authenticate(serverToken);
        return [...this.webhooks.values()].filter((webhook) => webhook.serverToken === serverToken);
      }),
    createWebhook: (serverToken, url, headers) =>
      this.#calls.call('postmark', 'createWebhook', () => {
        this.#authenticate(serverToken);
        const webhook = { webhookId: this.nextId(), url, headers: shown(headers), serverToken, triggersOff: [], verified: true };
        this.webhooks.set(webhook.webhookId, webhook);
        return webhook;
      }),
    updateWebhook: (serverToken, webhookId, url, headers) =>
      this.#calls.call('postmark', 'updateWebhook', () => {
        this.#authenticate(serverToken);
        if (!this.webhooks.has(webhookId)) this.#calls.refuse('postmark', 'updateWebhook', 1352);
        const webhook = { webhookId, url, headers: shown(headers), serverToken, triggersOff: [], verified: true };
        this.webhooks.set(webhookId, webhook);
        return webhook;
      }),
    deleteWebhook: (_serverToken, webhookId) =>
      this.#calls.call('postmark', 'deleteWebhook', () => (this.webhooks.delete(webhookId) ? 'deleted' : 'absent')),
  };

  #authenticate(serverToken: string): void {
    if (![...this.servers.values()].some(({ tokens }) => tokens.includes(serverToken))) this.#calls.refuse('postmark', 'webhooks', 10);
  }
}
