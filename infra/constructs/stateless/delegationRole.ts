import { Validations } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IPublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { stackName } from '../../../config/partitionExports.ts';
import type { Partition } from '../../../config/partitions.ts';
import { delegationRoleName } from '../../delegation.ts';
import { zoneWriteConditions } from './zoneWritePolicy.ts';

export type DelegationRoleProps = { rootZone: IPublicHostedZone; partition: Partition };

/** Lets the stack of one partition, and nothing else of its account, write the NS record of its own zone into the root zone. */
export class DelegationRole extends Construct {
  constructor(scope: Construct, id: string, { rootZone, partition }: DelegationRoleProps) {
    super(scope, id);
    const stackRoles = `arn:aws:iam::${partition.account}:role/${stackName(partition.name)}-*`;
    const role = new Role(this, 'Role', {
      roleName: delegationRoleName(partition),
      description: `The delegation of ${partition.zoneName}`,
      assumedBy: new AccountPrincipal(partition.account).withConditions({ ArnLike: { 'aws:PrincipalArn': stackRoles } }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [rootZone.hostedZoneArn],
        conditions: zoneWriteConditions({ names: [partition.zoneName], types: ['NS'], actions: ['UPSERT', 'DELETE'] }),
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['route53:ListHostedZonesByName'], resources: ['*'] }));
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'The function of the partition finds the root zone by its name, and ListHostedZonesByName knows no narrower resource.',
    });
  }
}
