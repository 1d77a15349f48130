/** The chart's values of one partition: what its stack published and what config/partitions.yaml says, and nothing that a deployer decides elsewhere. */
import { stringify } from 'yaml';
import { type ExportedValues, stackName } from '../../config/partitionExports.ts';
import type { Partition } from '../../config/partitions.ts';

export function partitionValues(partition: Partition, exported: ExportedValues): Record<string, unknown> {
  const assertions = Object.entries(partition.drift).filter(([, enabled]) => enabled);
  return {
    partition: partition.name,
    mailZone: { id: exported.mailZoneId, name: exported.mailZoneName },
    webhook: { publicUrl: partition.publicUrl },
    aws: { region: partition.region, encryptionKeyArn: exported.encryptionKeyArn },
    serviceAccount: {
      name: partition.serviceAccount,
      namespace: partition.namespace,
      identity: partition.cluster.trust,
      roleArn: exported.serviceRoleArn,
    },
    secretStore: {
      source: partition.secretAccess,
      postmarkAccountToken: exported.postmarkAccountTokenArn,
      apiKeys: exported.apiKeysArn,
      webhookSigningKey: exported.webhookSigningKeyArn,
      materialRegistry: exported.materialRegistryArn,
    },
    ...(assertions.length === 0 ? {} : { drift: Object.fromEntries(assertions.map(([name]) => [name, { enabled: true }])) }),
  };
}

/** The same text for the same exports, byte for byte: `--check` compares texts. */
export function valuesText(partition: Partition, exported: ExportedValues): string {
  const { name } = partition;
  const head = `# Written by "npm run values -- --partition ${name}" from the exports of ${stackName(name)} and config/partitions.yaml. Not to be edited.\n`;
  return head + stringify(partitionValues(partition, exported), { lineWidth: 0 });
}
