import { RemovalPolicy, Tags, Validations } from 'aws-cdk-lib';
import { CfnSecret, Secret, type SecretStringGenerator } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

export type PartitionSecretsProps = {
  /** `Alpha002-dev` */
  partition: string;
  /** Which Postmark account the token is of; kept as a tag, for whoever fills it in. */
  postmarkAccount: string;
};

/**
 * The secrets of a partition. Two are made at random here. The other two begin without a value, since a made-up one would look like a real one:
 * Postmark's token comes from Postmark, and the registry's first key from KMS (runbooks/new-partition.md). All outlive the stack.
 */
export class PartitionSecrets extends Construct {
  readonly postmarkAccountToken: Secret;
  readonly apiKeys: Secret;
  readonly webhookSigningKey: Secret;
  readonly materialRegistry: Secret;

  constructor(scope: Construct, id: string, { partition, postmarkAccount }: PartitionSecretsProps) {
    super(scope, id);
    const secret = (name: string, description: string, generateSecretString: SecretStringGenerator | null): Secret => {
      const made = new Secret(this, name, {
        secretName: `${partition}/email/${name.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}`,
        description,
        removalPolicy: RemovalPolicy.RETAIN,
        ...(generateSecretString === null ? {} : { generateSecretString }),
      });
      if (generateSecretString === null) withoutValue(made);
      return made;
    };
    // Letters and digits only: they travel in headers and in files that others parse.
    const random = {
      passwordLength: 48,
      excludePunctuation: true,
      secretStringTemplate: '{"previous":null}',
      generateStringKey: 'current',
    };
    const shape = 'JSON { "current", "previous" }';
    this.postmarkAccountToken = secret('PostmarkAccountToken', `X-Postmark-Account-Token, from the Postmark account, as ${shape}`, null);
    this.apiKeys = secret('ApiKeys', `ARDA_API_KEY as ${shape}`, random);
    this.webhookSigningKey = secret('WebhookSigningKey', `key of X-Postroute-Signature as ${shape}`, random);
    this.materialRegistry = secret('MaterialRegistry', 'the wrapped data keys: the material registry, JSON', null);
    Tags.of(this.postmarkAccountToken).add('postmark-account', postmarkAccount);
    Validations.of(this).acknowledge({ id: 'AwsSolutions-SMG4', reason: rotation });
  }
}

const rotation =
  'Rotated by an operator: each has a counterpart outside AWS (a Postmark account, the webhooks of every Postmark server, rows encrypted under a ' +
  'registry version) that must follow in step, which a rotation function on a schedule cannot do.';

/** The construct cannot make an empty secret, and CloudFormation can. */
function withoutValue(secret: Secret): void {
  if (secret.node.defaultChild instanceof CfnSecret) secret.node.defaultChild.addDeletionOverride('Properties.GenerateSecretString');
}
