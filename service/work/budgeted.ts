/**
 * Ports that keep to what the outside allows the whole account: every call takes a token from a bucket in Postgres that all replicas share, and waits
 * for it (process time). The waiting happens before the call, so a deadline of the call is not eaten by it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainDirectory, ServerDirectory, ZoneWriter } from '../ports/ports.ts';
import { takeToken } from '../store/budgets.ts';
import type { CommonQueryMethods } from '../store/pool.ts';

export type Budget = { name: 'postmark-account' | 'route53-account'; perSecond: number };

/** A burst of a few seconds' worth: provisioning one configuration needs about six calls of each kind at once. */
const burstSeconds = 5;

type Method = (...args: never[]) => Promise<unknown>;

const wrap =
  (db: CommonQueryMethods, { name, perSecond }: Budget) =>
  <M extends Method>(method: M): M =>
    (async (...args: Parameters<M>) => {
      const waitMs = await takeToken(db, name, perSecond, Math.max(1, perSecond * burstSeconds));
      if (waitMs > 0) await sleep(waitMs);
      return method(...args);
    }) as M;

export const budgetedServers = (db: CommonQueryMethods, budget: Budget, port: ServerDirectory): ServerDirectory => {
  const paid = wrap(db, budget);
  return {
    createServer: paid(port.createServer.bind(port)),
    findServerByName: paid(port.findServerByName.bind(port)),
    renameServer: paid(port.renameServer.bind(port)),
    deleteServer: paid(port.deleteServer.bind(port)),
    listServers: paid(port.listServers.bind(port)),
  };
};

export const budgetedDomains = (db: CommonQueryMethods, budget: Budget, port: DomainDirectory): DomainDirectory => {
  const paid = wrap(db, budget);
  return {
    createDomain: paid(port.createDomain.bind(port)),
    findDomainByName: paid(port.findDomainByName.bind(port)),
    verifyDkim: paid(port.verifyDkim.bind(port)),
    verifyReturnPath: paid(port.verifyReturnPath.bind(port)),
    deleteDomain: paid(port.deleteDomain.bind(port)),
    listDomains: paid(port.listDomains.bind(port)),
  };
};

export const budgetedZone = (db: CommonQueryMethods, budget: Budget, port: ZoneWriter): ZoneWriter => {
  const paid = wrap(db, budget);
  return {
    change: paid(port.change.bind(port)),
    changeStatus: paid(port.changeStatus.bind(port)),
    listRecords: paid(port.listRecords.bind(port)),
    nameServers: paid(port.nameServers.bind(port)),
  };
};
