/**
 * The rows of the table: each effect, each call it makes, where that happens, and what is true in the end. A row says what holds in every cell, and then
 * the cells that are different; a cell that is not named under `except` holds what the row says.
 */
import type { EffectKind } from '../../../service/core/configuration/effects.ts';
import type { Beginning } from './beginnings.ts';
import { answers, type Call, crashes, stalls, type Trouble } from './troubles.ts';

export type Row = {
  effect: EffectKind;
  call: Call;
  beginning: Beginning;
  settings?: Record<string, boolean>;
  ends: string;
  except?: Partial<Record<Trouble, string>>;
  /** Cells that cannot be: the call does not wait for anything that another process could overtake. */
  withoutStalls?: true;
};

export const complete = 'OK LOCKED; 1 server, 1 domain, 1 webhook, 2 records';
const unwound = (code: string): string => `MISSING LOCKED (${code}); 1 retired server`;
export const removed = 'REMOVED LOCKED; 1 retired server';

const postmark = (method: string, operation: string, errorCode: number): Call => ({
  method,
  wire: { service: 'postmark', operation, refusal: { status: 422, errorCode } },
});
const route53 = (method: string, operation: string, errorCode: string): Call => ({
  method,
  wire: { service: 'route53', operation, refusal: { status: 400, errorCode } },
});
const dns = (method: string, operation: string): Call => ({
  method,
  wire: { service: 'dns', operation, refusal: { errorCode: 'REFUSED' } },
});
const within = (method: string): Call => ({ method, wire: null });

/** Plan limits, a token that was withdrawn, a change that Route 53 will not have: each is a "no" that stays one. */
const calls = {
  createServer: postmark('servers.createServer', 'POST /servers', 614),
  findServer: postmark('servers.findServerByName', 'GET /servers', 614),
  deleteServer: postmark('servers.deleteServer', 'DELETE /servers/{id}', 1000),
  renameServer: postmark('servers.renameServer', 'PUT /servers/{id}', 1000),
  createDomain: postmark('domains.createDomain', 'POST /domains', 614),
  findDomain: postmark('domains.findDomainByName', 'GET /domains', 614),
  listDomains: postmark('domains.listDomains', 'GET /domains', 614),
  verifyDkim: postmark('domains.verifyDkim', 'PUT /domains/{id}/verifyDkim', 510),
  verifyReturnPath: postmark('domains.verifyReturnPath', 'PUT /domains/{id}/verifyReturnPath', 510),
  deleteDomain: postmark('domains.deleteDomain', 'DELETE /domains/{id}', 1000),
  listWebhooks: postmark('webhooks.listWebhooks', 'GET /webhooks', 1350),
  createWebhook: postmark('webhooks.createWebhook', 'POST /webhooks', 1359),
  updateWebhook: postmark('webhooks.updateWebhook', 'PUT /webhooks/{id}', 1358),
  deleteWebhook: postmark('webhooks.deleteWebhook', 'DELETE /webhooks/{id}', 1350),
  change: route53('zone.change', 'ChangeResourceRecordSets', 'InvalidChangeBatch'),
  changeStatus: route53('zone.changeStatus', 'GetChange', 'NoSuchChange'),
  listRecords: route53('zone.listRecords', 'ListResourceRecordSets', 'NoSuchHostedZone'),
  txt: dns('probe.txt', 'TXT'),
  cname: dns('probe.cname', 'CNAME'),
  count: within('db.one'),
  cancel: within('db.transaction'),
  report: within('incidents.report'),
} satisfies Record<string, Call>;

const provisioning: Row[] = [
  {
    effect: 'create-server',
    call: calls.createServer,
    beginning: 'created',
    ends: complete,
    except: {
      refused: 'MISSING LOCKED (postmark_614); nothing',
      'done twice': 'MISSING LOCKED (postmark_orphan_server); 1 server of another’s id',
    },
  },
  {
    effect: 'create-server',
    call: calls.findServer,
    beginning: 'its server’s answer was lost',
    ends: complete,
    except: { refused: unwound('postmark_614') },
  },
  {
    effect: 'create-domain',
    call: calls.createDomain,
    beginning: 'created',
    ends: complete,
    except: {
      refused: unwound('postmark_614'),
      'done twice': 'MISSING LOCKED (postmark_orphan_domain); 1 domain of another’s id, 1 retired server',
    },
  },
  {
    effect: 'create-domain',
    call: calls.findDomain,
    beginning: 'its domain’s answer was lost',
    ends: complete,
    except: { refused: unwound('postmark_614') },
  },
  {
    effect: 'create-server',
    call: calls.findServer,
    beginning: 'its server was made by hand, and is to be adopted',
    ends: complete,
    except: { refused: 'MISSING LOCKED (postmark_614); 1 server of another’s id' },
  },
  {
    effect: 'create-domain',
    call: calls.findDomain,
    beginning: 'its domain was made by hand, and is to be adopted',
    // The orphan's first provisioning had a server of its own, which was retired.
    ends: `${complete}, 1 retired server`,
    except: { refused: 'MISSING LOCKED (postmark_614); 1 domain of another’s id, 2 retired servers' },
  },
  {
    effect: 'install-webhook',
    call: calls.listWebhooks,
    beginning: 'created',
    ends: complete,
    except: { refused: unwound('postmark_1350') },
  },
  {
    effect: 'install-webhook',
    call: calls.createWebhook,
    beginning: 'created',
    ends: complete,
    except: {
      refused: unwound('postmark_1359'),
      // Nobody can see it coming. It brings what is kept already, and goes with its server, or with the next look at the server's webhooks.
      late: 'OK LOCKED; 1 server, 1 domain, 2 webhooks, 2 records',
    },
  },
  {
    effect: 'install-webhook',
    call: calls.updateWebhook,
    beginning: 'its webhook’s answer was lost',
    ends: complete,
    except: { refused: unwound('postmark_1358') },
  },
  // A refused batch is halved, and each record by itself is not refused.
  { effect: 'write-records', call: calls.change, beginning: 'its webhook is installed', ends: complete },
  { effect: 'write-records', call: calls.changeStatus, beginning: 'its webhook is installed', ends: complete },
  { effect: 'check-verification', call: calls.txt, beginning: 'waiting for its verification', ends: complete },
  { effect: 'check-verification', call: calls.cname, beginning: 'waiting for its verification', ends: complete },
  { effect: 'check-verification', call: calls.listDomains, beginning: 'its records are not seen at first', ends: complete },
  { effect: 'check-verification', call: calls.verifyDkim, beginning: 'waiting for its verification', ends: complete },
  { effect: 'check-verification', call: calls.verifyReturnPath, beginning: 'waiting for its verification', ends: complete },
];

const backwards = (beginning: Beginning, ends: string, chosen: readonly Call[]): Row[] =>
  chosen.map((call) => ({ effect: 'unwind', call, beginning, ends }));

const unwinding: Row[] = [
  ...backwards('being removed', removed, [
    calls.listRecords,
    calls.change,
    calls.changeStatus,
    calls.txt,
    calls.cname,
    calls.listWebhooks,
    calls.deleteWebhook,
    calls.deleteDomain,
    calls.deleteServer,
    calls.renameServer,
  ]),
  {
    effect: 'unwind',
    call: calls.deleteServer,
    beginning: 'being removed',
    settings: { serverDeletion: true },
    ends: 'REMOVED LOCKED; nothing',
  },
  {
    effect: 'unwind',
    call: calls.report,
    beginning: 'being removed for so long that an operator is to be told',
    ends: `${removed}; Sentry told once`,
    // Sentry keeps both as one issue: the fingerprint is the configuration's.
    except: { 'dies after it': `${removed}; Sentry told 2 times` },
    withoutStalls: true,
  },
  ...backwards('its step failed after its records were sent', unwound('told'), [calls.change, calls.deleteDomain, calls.renameServer]),
  ...backwards('its step failed before its server was known', unwound('told'), [calls.findServer, calls.deleteServer, calls.renameServer]),
  ...backwards('its step failed before its domain was known', unwound('told'), [calls.findDomain, calls.deleteDomain]),
];

const locking: Row[] = [
  { effect: 'check-drain', call: calls.count, beginning: 'being locked, with a message queued', ends: `${complete}; 1 QUEUED` },
  {
    effect: 'cancel-in-flight',
    call: calls.cancel,
    beginning: 'locked by force, with a message queued',
    ends: `${complete}; 1 CANCELLED`,
  },
  {
    effect: 'report-failure',
    call: calls.report,
    beginning: 'failed while sending',
    ends: 'FAILURE LOCKED (postmark_10); 1 server, 1 domain, 1 webhook, 2 records; Sentry told once',
    // Sentry keeps both as one issue: the fingerprint is the configuration's.
    except: { 'dies after it': 'FAILURE LOCKED (postmark_10); 1 server, 1 domain, 1 webhook, 2 records; Sentry told 2 times' },
    withoutStalls: true,
  },
];

export const rows: readonly Row[] = [...provisioning, ...unwinding, ...locking];

/** The row's cells, and what is true at the end of each. */
export const cellsOf = (row: Row): [Trouble, string][] =>
  [...crashes, ...(row.withoutStalls ? [] : stalls), ...(row.call.wire === null ? [] : answers)].map((trouble) => [
    trouble,
    row.except?.[trouble] ?? row.ends,
  ]);
