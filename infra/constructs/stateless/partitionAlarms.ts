import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IPublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export type PartitionAlarmsProps = {
  /** `Alpha002-dev` */
  partition: string;
  zone: IPublicHostedZone;
  encryptionKey: IKey;
  /**
   * Who is told.
   * @default null: the topic has no subscriber until somebody makes one
   */
  email?: string | null;
  /**
   * Whether the zone is signed, and so can fail to be.
   * @default false
   */
  dnssec?: boolean;
};

/**
 * What AWS alone can tell of a partition and the service cannot, because it would be too late or too quiet there: the key is about to go, KMS is near
 * its quota, the zone's signatures are failing. What the service sees by itself (throttled calls, drift, a zone near its limit) it reports itself.
 */
export class PartitionAlarms extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { partition, zone, encryptionKey, email = null, dnssec = false }: PartitionAlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { topicName: `${partition}-EmailAlarms`, enforceSSL: true });
    if (email !== null) this.topic.addSubscription(new EmailSubscription(email));

    new Rule(this, 'KeyEndangered', {
      description: `Somebody disables the encryption key of ${partition} or schedules its deletion: no server token can be read without it`,
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: { eventName: ['DisableKey', 'ScheduleKeyDeletion'], resources: { ARN: [encryptionKey.keyArn] } },
      },
      targets: [new SnsTopic(this.topic, { message: RuleTargetInput.fromText(endangered(partition)) })],
    });
    this.alarm('KmsNearQuota', `KMS requests of the account near its quota: ${partition} cannot read its key registry when it is used up`, {
      metric: kmsQuotaUsed(),
      threshold: 80,
    });
    if (dnssec) this.signatureAlarms(zone, partition);
  }

  private signatureAlarms(zone: IPublicHostedZone, partition: string): void {
    const metric = (metricName: string) =>
      new Metric({
        ...{ namespace: 'AWS/Route53', metricName, statistic: 'Maximum', period: Duration.hours(1) },
        dimensionsMap: { HostedZoneId: zone.hostedZoneId },
      });
    const failing = `DNSSEC of the mail zone of ${partition} fails: resolvers that validate will refuse its answers`;
    this.alarm('DnssecInternalFailure', failing, { metric: metric('DNSSECInternalFailure'), threshold: 1 });
    const needed = `The key-signing key of the mail zone of ${partition} needs action, usually because its KMS key cannot be used`;
    this.alarm('DnssecKeyNeedsAction', needed, { metric: metric('DNSSECKeySigningKeysNeedingAction'), threshold: 1 });
  }

  private alarm(id: string, alarmDescription: string, { metric, threshold }: { metric: IMetric; threshold: number }): void {
    new Alarm(this, id, {
      ...{ alarmDescription, metric, threshold, evaluationPeriods: 1 },
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(this.topic));
  }
}

const endangered = (partition: string): string =>
  `${EventField.fromPath('$.detail.userIdentity.arn')} called ${EventField.fromPath('$.detail.eventName')} on the encryption key of ${partition}. ` +
  'Without it no Postmark server token can be read again. What to do: runbooks/encryption-key-endangered.md';

/** Per cent of the account's request quota for symmetric keys, shared with whatever else runs there. */
function kmsQuotaUsed(): IMetric {
  const used = new Metric({
    ...{ namespace: 'AWS/Usage', metricName: 'CallCount', statistic: 'Sum', period: Duration.minutes(1) },
    dimensionsMap: { Service: 'KMS', Type: 'API', Resource: 'CryptographicOperationsSymmetric', Class: 'None' },
  });
  return new MathExpression({ expression: 'used / SERVICE_QUOTA(used) * 100', usingMetrics: { used }, period: Duration.minutes(1) });
}
