import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

export type EncryptionKeyProps = {
  /** `Alpha002-dev` */
  partition: string;
  /**
   * How often KMS makes new material under the same ARN; what was wrapped before still opens.
   * @default one year
   */
  rotationPeriod?: Duration;
};

/**
 * The key that wraps the data keys of the partition's material registry. Without it no stored server token can ever be read again, so it outlives the
 * stack, and a deletion that somebody asks for by hand leaves the longest window to notice.
 */
export class EncryptionKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, { partition, rotationPeriod = Duration.days(365) }: EncryptionKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Wraps the material registry of ${partition}`,
      enableKeyRotation: true,
      rotationPeriod,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.key.addAlias(`alias/${partition}-email`).applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
