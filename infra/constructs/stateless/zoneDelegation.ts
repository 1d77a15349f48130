import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { CrossAccountZoneDelegationRecord, type IPublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { delegationTtl } from '../../delegation.ts';

export type ZoneDelegationProps = {
  zone: IPublicHostedZone;
  /** The zone that the NS record goes into, in whatever account. */
  parentZoneName: string;
  /** The role of the root stack that may write this one record. */
  delegationRoleArn: string;
  /**
   * How long resolvers remember who answers for the zone.
   * @default one hour
   */
  ttl?: Duration;
};

/**
 * Writes the zone's NS record into the root zone from this stack (`delegation: custom-resource`). It stays when the stack goes, as the zone does: a
 * deleted stack must not take the partition's mail off the net. Its function is an asset, so the account must be bootstrapped.
 */
export class ZoneDelegation extends Construct {
  constructor(scope: Construct, id: string, { zone, parentZoneName, delegationRoleArn, ttl = delegationTtl }: ZoneDelegationProps) {
    super(scope, id);
    new CrossAccountZoneDelegationRecord(this, 'Record', {
      delegatedZone: zone,
      parentHostedZoneName: parentZoneName,
      delegationRole: Role.fromRoleArn(this, 'DelegationRole', delegationRoleArn),
      ttl,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
