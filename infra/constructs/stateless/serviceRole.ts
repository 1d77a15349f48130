import { Stack, Validations } from 'aws-cdk-lib';
import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import { Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IPublicHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IConstruct } from 'constructs';
import type { Partition } from '../../../config/partitions.ts';
import { serviceTrust } from './serviceTrust.ts';
import { normalizedRecordNames, zoneWriteConditions } from './zoneWritePolicy.ts';

export type ServiceRoleProps = {
  partition: Partition;
  zone: IPublicHostedZone;
  encryptionKey: IKey;
  /**
   * Secrets that the pod reads by itself.
   * @default none: the External Secrets operator reads them with a role of its own
   */
  readableSecrets?: readonly Secret[];
};

/**
 * What the service may do in AWS: write tenants' DKIM and Return-Path records and read the zone, wrap and unwrap data keys of its own partition.
 * The two denials say again what no other statement allows, so that a wider policy attached by hand later widens neither.
 */
export class ServiceRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { partition, zone, encryptionKey, readableSecrets = [] }: ServiceRoleProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', {
      roleName: `${partition.name}-EmailService`,
      description: `Postroute in ${partition.name}`,
      assumedBy: serviceTrust(this, partition),
    });
    for (const statement of [...zoneStatements(partition, zone), ...keyStatements(partition, encryptionKey)])
      this.role.addToPolicy(statement);
    if (readableSecrets.length > 0) this.role.addToPolicy(secretStatement(readableSecrets));
    if (partition.cluster.trust === 'podIdentity') {
      new CfnPodIdentityAssociation(this, 'Association', {
        clusterName: partition.cluster.name,
        namespace: partition.namespace,
        serviceAccount: partition.serviceAccount,
        roleArn: this.role.roleArn,
      });
    }
    Validations.of(this.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${anyChange(this)}]`,
      reason: 'The id of a change is known only once it is made, and reading its status shows nothing but PENDING or INSYNC.',
    });
  }
}

const anyChange = (scope: IConstruct): string => `arn:${Stack.of(scope).partition}:route53:::change/*`;

function zoneStatements({ zoneName }: Partition, zone: IPublicHostedZone): PolicyStatement[] {
  const allow = (sid: string, actions: string[], resources: string[]) => new PolicyStatement({ sid, actions, resources });
  return [
    new PolicyStatement({
      sid: 'WriteTenantRecords',
      actions: ['route53:ChangeResourceRecordSets'],
      resources: [zone.hostedZoneArn],
      conditions: zoneWriteConditions({
        // A label must stand before the zone's own name: neither pattern fits the apex or what belongs to it.
        names: [`*._domainkey.*.${zoneName}`, `pm-bounces.*.${zoneName}`],
        types: ['TXT', 'CNAME'],
        actions: ['UPSERT', 'DELETE'],
      }),
    }),
    new PolicyStatement({
      sid: 'NeverTheApex',
      effect: Effect.DENY,
      actions: ['route53:ChangeResourceRecordSets'],
      resources: [zone.hostedZoneArn],
      conditions: { 'ForAnyValue:StringEquals': { [normalizedRecordNames]: [zoneName, `_dmarc.${zoneName}`] } },
    }),
    allow('ReadZone', ['route53:GetHostedZone', 'route53:ListResourceRecordSets'], [zone.hostedZoneArn]),
    allow('ReadChange', ['route53:GetChange'], [anyChange(zone)]),
  ];
}

/** The context is part of what is encrypted: what another partition wrapped does not open here, whichever key it was wrapped with. */
function keyStatements({ name }: Partition, key: IKey): PolicyStatement[] {
  const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
  const resources = [key.keyArn];
  return [
    new PolicyStatement({
      sid: 'WrapDataKeys',
      actions,
      resources,
      conditions: {
        StringEquals: { 'kms:EncryptionContext:partition': name, 'kms:EncryptionContext:purpose': 'email-server-token' },
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['partition', 'keyVersionId', 'purpose'] },
        Null: { 'kms:EncryptionContextKeys': 'false' },
      },
    }),
    new PolicyStatement({
      sid: 'NeverAnotherPartition',
      effect: Effect.DENY,
      actions,
      resources,
      conditions: { StringNotEquals: { 'kms:EncryptionContext:partition': name } },
    }),
  ];
}

const secretStatement = (secrets: readonly Secret[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'ReadOwnSecrets',
    actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
    resources: secrets.map(({ secretArn }) => secretArn),
  });
