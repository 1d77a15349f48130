import { CfnResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export type ZoneSigningProps = { zone: PublicHostedZone; zoneName: string };

/**
 * DNSSEC for the zone (`dnssec: true`; us-east-1 only). Signing alone changes nothing for resolvers: the DS record goes into the root zone by hand, after
 * this, and comes out of it before signing ever stops. All of it outlives the stack, since a signed zone without its key answers nobody.
 */
export class ZoneSigning extends Construct {
  constructor(scope: Construct, id: string, { zone, zoneName }: ZoneSigningProps) {
    super(scope, id);
    const kmsKey = new Key(this, 'Key', {
      description: `Signs the zone ${zoneName}`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    zone.enableDnssec({ kmsKey, keySigningKeyName: 'postroute_1' });
    for (const made of zone.node.findAll()) if (made instanceof CfnResource) made.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
