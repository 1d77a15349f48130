/** The adapters of this process, each under the account's shared budget. */
import type { Settings } from '../../config/schema.ts';
import type { SecretPair } from '../core/material/secretPair.ts';
import { type AccountToken, accountToken, withAccountToken } from '../ports/accountToken.ts';
import { dnsProbe } from '../ports/dns.ts';
import { kms } from '../ports/kms.ts';
import type {
  DomainDirectory,
  IncidentReporter,
  KeyWrapper,
  ServerDirectory,
  ServerInventory,
  WebhookDirectory,
  ZoneWriter,
} from '../ports/ports.ts';
import { postmarkClient } from '../ports/postmarkClient.ts';
import { postmarkDomains } from '../ports/postmarkDomains.ts';
import { postmarkInventory } from '../ports/postmarkInventory.ts';
import { postmarkServers } from '../ports/postmarkServers.ts';
import { postmarkTransport } from '../ports/postmarkTransport.ts';
import { postmarkWebhooks } from '../ports/postmarkWebhooks.ts';
import { route53 } from '../ports/route53.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import { type Budget, budgeted } from '../work/budgeted.ts';
import type { Ports } from '../work/workContext.ts';

export type OpenPorts = { ports: Ports; keyWrapper: KeyWrapper; account: AccountToken; close(): void };

type Needs = {
  db: CommonQueryMethods;
  settings: Settings;
  incidents: IncidentReporter;
  accountTokens: () => SecretPair;
  /** Whoever waits for the budget then waits no longer. */
  stopping: AbortSignal;
};

export const openPorts = ({ db, settings: s, incidents, accountTokens, stopping }: Needs): OpenPorts => {
  const awsTimeoutMs = s.aws.timeoutSeconds * 1000;
  const postmark = postmarkClient({
    baseUrl: s.postmark.baseUrl,
    timeoutMs: s.postmark.timeoutSeconds * 1000,
    concurrencyMax: s.postmark.concurrency,
  });
  const route53Client = route53({ timeoutMs: awsTimeoutMs, endpoint: s.aws.route53Endpoint });
  const kmsClient = kms({ region: s.aws.region, timeoutMs: awsTimeoutMs, endpoint: s.aws.kmsEndpoint });
  const postmarkBudget: Budget = { provider: 'postmark', perSecond: s.postmark.requestsPerSecond };
  const route53Budget: Budget = { provider: 'route53', perSecond: s.route53.requestsPerSecond };
  const account = accountToken(accountTokens, () => performance.now());
  const webhooks = postmarkWebhooks(postmark);
  const ofAccount = <P extends Record<keyof P, (...args: never[]) => Promise<unknown>>>(make: (token: string) => P): P =>
    budgeted<P>(db, postmarkBudget, withAccountToken<P>(account, make), stopping);
  const zone = budgeted<ZoneWriter>(db, route53Budget, route53Client, stopping);
  return {
    ports: {
      servers: ofAccount<ServerDirectory>((token) => postmarkServers(postmark, token)),
      inventory: ofAccount<ServerInventory>((token) => postmarkInventory(postmark, token)),
      domains: ofAccount<DomainDirectory>((token) => postmarkDomains(postmark, token)),
      webhooks,
      fleetWebhooks: budgeted<WebhookDirectory>(db, postmarkBudget, webhooks, stopping),
      mail: postmarkTransport(postmark),
      zone,
      probe: dnsProbe({
        servers: s.dns.servers,
        timeoutMs: s.dns.timeoutSeconds * 1000,
        nameServers: () => zone.nameServers(s.mailZone.id),
      }),
      incidents,
    },
    keyWrapper: kmsClient,
    account,
    close() {
      route53Client.close();
      kmsClient.close();
    },
  };
};
