/**
 * What a partition's stack publishes, and under which names. The stack makes them from here, the renderer of the chart's values reads them from here,
 * and nothing else may spell them: CloudFormation does not know that a chart reads an export, so it would not refuse a renamed one.
 */
export const partitionExports = {
  mailZoneId: 'API-PartitionMailZoneId',
  mailZoneName: 'API-PartitionMailZoneName',
  postmarkAccountTokenArn: 'API-EmailPostmarkAccountTokenArn',
  apiKeysArn: 'API-EmailApiKeysArn',
  webhookSigningKeyArn: 'API-EmailWebhookSigningKeyArn',
  materialRegistryArn: 'API-EmailMaterialRegistryArn',
  encryptionKeyArn: 'API-EmailEncryptionKeyArn',
  serviceRoleArn: 'API-EmailServiceRoleArn',
} as const;

export type PartitionExport = keyof typeof partitionExports;
export type ExportedValues = Readonly<Record<PartitionExport, string>>;

export const partitionExportKeys = Object.keys(partitionExports) as PartitionExport[];

/** `Alpha002-dev-API-PartitionMailZoneId` */
export const exportName = (partition: string, key: PartitionExport): string => `${partition}-${partitionExports[key]}`;

/** `/mail/Alpha002-dev/PartitionMailZoneId`: the same value, for those who read SSM parameters (vals, helmfile, Argo CD). */
export const parameterName = (partition: string, key: PartitionExport): string =>
  `/mail/${partition}/${partitionExports[key].replace(/^API-/, '')}`;

/** `{infrastructure}-{purpose}-Email` */
export const stackName = (partition: string): string => `${partition}-Email`;
