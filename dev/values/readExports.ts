/** What a partition's stack published, from CloudFormation: all of it, or one error that names everything that is not there. */
import { CloudFormationClient, type Export, paginateListExports } from '@aws-sdk/client-cloudformation';
import { type ExportedValues, exportName, type PartitionExport, partitionExportKeys, stackName } from '../../config/partitionExports.ts';
import type { Partition } from '../../config/partitions.ts';

export class MissingExports extends Error {
  readonly names: readonly string[];

  constructor(names: readonly string[], { name, account, region }: Partition, askedAccount: string | null) {
    const wrong = askedAccount !== null && askedAccount !== account;
    const where = `account ${askedAccount ?? account}, ${region}`;
    const remedy = wrong
      ? `config/partitions.yaml has account ${account}: these credentials are another's`
      : `deploy the stack first: npx cdk deploy ${stackName(name)}`;
    super([`${names.length} exports of ${name} are not there (${where}):`, ...names.map((each) => `  - ${each}`), remedy].join('\n'));
    this.name = 'MissingExports';
    this.names = names;
  }
}

/** Credentials and endpoint come from the environment, as for every AWS tool. Throws `MissingExports`. */
export async function readExports(partition: Partition): Promise<ExportedValues> {
  const client = new CloudFormationClient({ region: partition.region });
  try {
    const found: Export[] = [];
    for await (const page of paginateListExports({ client }, {})) found.push(...(page.Exports ?? []));
    return ofPartition(partition, found);
  } finally {
    client.destroy();
  }
}

function ofPartition(partition: Partition, found: readonly Export[]): ExportedValues {
  const account = accountOf(found);
  // A namesake in another account is another partition.
  const values = new Map(account === null || account === partition.account ? found.map(({ Name, Value }) => [Name, Value]) : []);
  const read = partitionExportKeys.map((key) => ({
    key,
    name: exportName(partition.name, key),
    value: values.get(exportName(partition.name, key)),
  }));
  const missing = read.filter(({ value }) => value === undefined || value === '').map(({ name }) => name);
  if (missing.length > 0) throw new MissingExports(missing, partition, account);
  return Object.fromEntries(read.map(({ key, value }) => [key, value])) as Record<PartitionExport, string>;
}

/** From the ARN of any exporting stack; null where nothing is exported. */
const accountOf = (found: readonly Export[]): string | null =>
  found.map(({ ExportingStackId }) => ExportingStackId?.split(':')[4]).find((account) => account !== undefined) ?? null;
