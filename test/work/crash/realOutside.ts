/**
 * The sandbox in this process, and our real adapters over the wire to it: what a provider was asked is what it holds afterwards. A second set of
 * adapters gives up after a moment, for calls whose answer is to be lost; the others never lose one because a machine is busy.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { startSandbox } from '../../../sandbox/start.ts';
import { formatRegistry, wrappingContext } from '../../../service/core/material/registry.ts';
import { dnsProbe } from '../../../service/ports/dns.ts';
import { keyring } from '../../../service/ports/keyring.ts';
import { kms } from '../../../service/ports/kms.ts';
import { postmarkClient } from '../../../service/ports/postmarkClient.ts';
import { postmarkDomains } from '../../../service/ports/postmarkDomains.ts';
import { postmarkInventory } from '../../../service/ports/postmarkInventory.ts';
import { postmarkServers } from '../../../service/ports/postmarkServers.ts';
import { postmarkTransport } from '../../../service/ports/postmarkTransport.ts';
import { postmarkWebhooks } from '../../../service/ports/postmarkWebhooks.ts';
import { route53 } from '../../../service/ports/route53.ts';
import type { Ports } from '../../../service/work/workContext.ts';
import { type Control, controlOf } from '../../loop/support/control.ts';
import { awsCredentialsOfNobody } from '../../ports/support/outside.ts';
import { keyVersionId } from '../../support/fakeKeyring.ts';

const patientMs = 10_000;
/** A call over loopback that nothing holds back takes a few. */
const impatientMs = 60;
const partition = 'Test001-dev';

export type Keyring = ReturnType<typeof keyring>;

export type RealOutside = {
  control: Control;
  /** Back to what the seed makes. */
  reset(): Promise<void>;
  zone: { zoneId: string; mailZoneName: string };
  ports(): Omit<Ports, 'incidents'>;
  impatient: Omit<Ports, 'incidents'>;
  /** A keyring as a process has it at its start: what KMS unwraps now, within so long. */
  freshKeyring(within?: 'a moment'): Promise<Keyring>;
};

export async function startRealOutside(): Promise<RealOutside> {
  awsCredentialsOfNobody();
  const { addresses, zoneId, zoneName, kmsKeyArn, accountToken, close } = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  const open: { close(): void }[] = [];
  const opened = <T extends { close(): void }>(part: T): T => {
    open.push(part);
    return part;
  };
  afterAll(async () => {
    for (const part of open) part.close();
    rmSync(folder, { recursive: true });
    await close();
  });

  const portsWithin = (timeoutMs: number): Omit<Ports, 'incidents'> => {
    const client = postmarkClient({ baseUrl: addresses.postmark, timeoutMs, concurrencyMax: 50 });
    return {
      servers: postmarkServers(client, accountToken),
      inventory: postmarkInventory(client, accountToken),
      domains: postmarkDomains(client, accountToken),
      webhooks: postmarkWebhooks(client),
      fleetWebhooks: postmarkWebhooks(client),
      mail: postmarkTransport(client),
      zone: opened(route53({ timeoutMs, endpoint: addresses.route53 })),
      probe: dnsProbe({ servers: [addresses.dns], timeoutMs, nameServers: async () => [] }),
    };
  };
  const wrapper = opened(kms({ region: 'us-east-1', timeoutMs: patientMs, endpoint: addresses.kms }));
  const registryFile = join(folder, 'registry.json');
  const { wrapped } = await wrapper.generateDataKey(kmsKeyArn, wrappingContext(partition, keyVersionId));
  const version = { wrappedKey: wrapped.toString('base64'), kmsKeyArn, createdAt: '2026-01-01T00:00:00Z' };
  writeFileSync(registryFile, formatRegistry({ current: keyVersionId, versions: { [keyVersionId]: version } }));
  const impatientWrapper = opened(kms({ region: 'us-east-1', timeoutMs: impatientMs, endpoint: addresses.kms }));
  const patient = portsWithin(patientMs);
  return {
    control: controlOf(addresses.control),
    async reset() {
      const { status } = await fetch(`${addresses.control}/reset`, { method: 'POST', body: '{}' });
      if (status !== 200) throw new Error(`the sandbox answered ${status} to a reset`);
    },
    zone: { zoneId, mailZoneName: zoneName },
    // A process has its own: pauses and shared lists are kept for each.
    ports: () => Object.fromEntries(Object.entries(patient).map(([name, port]) => [name, { ...port }])) as Omit<Ports, 'incidents'>,
    impatient: portsWithin(impatientMs),
    async freshKeyring(within) {
      const chosen = within === undefined ? wrapper : impatientWrapper;
      const ring = keyring({ partition, registryFile, wrapper: chosen, now: () => new Date() });
      await ring.refresh();
      return ring;
    },
  };
}
