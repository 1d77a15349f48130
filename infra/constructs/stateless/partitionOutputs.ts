import { CfnOutput } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type ExportedValues, exportName, parameterName, partitionExportKeys } from '../../../config/partitionExports.ts';

export type PartitionOutputsProps = {
  /** `Alpha002-dev` */
  partition: string;
  values: ExportedValues;
  /**
   * Outputs without an export: for a person, and for the root stack.
   * @default none
   */
  shown?: Readonly<Record<string, string>>;
};

/** What the partition publishes: each value as a CloudFormation export and, the same, as an SSM parameter. No value is a secret; ARNs name secrets. */
export class PartitionOutputs extends Construct {
  constructor(scope: Construct, id: string, { partition, values, shown = {} }: PartitionOutputsProps) {
    super(scope, id);
    for (const key of partitionExportKeys) {
      const outputId = `${key[0]?.toUpperCase()}${key.slice(1)}`;
      new CfnOutput(this, outputId, { value: values[key], exportName: exportName(partition, key) }).overrideLogicalId(outputId);
      new StringParameter(this, `${outputId}Parameter`, { parameterName: parameterName(partition, key), stringValue: values[key] });
    }
    for (const [name, value] of Object.entries(shown)) new CfnOutput(this, name, { value }).overrideLogicalId(name);
  }
}
