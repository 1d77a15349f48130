import { readFileSync } from 'node:fs';
import { CustomResource, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IPublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { zoneWriteConditions } from './zoneWritePolicy.ts';

export type ZoneNegativeTtlProps = {
  zone: IPublicHostedZone;
  zoneName: string;
  /**
   * How long a resolver may remember that a name does not exist.
   * @default 60
   */
  seconds?: number;
};

/**
 * Shortens the zone's negative TTL from Route 53's 15 minutes: one early question about a new tenant's records would otherwise hide them for that
 * long. The function is inline, so that the stack needs no asset and deploys into an account that nobody prepared.
 */
export class ZoneNegativeTtl extends Construct {
  constructor(scope: Construct, id: string, { zone, zoneName, seconds = 60 }: ZoneNegativeTtlProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }));
    role.addToPolicy(new PolicyStatement({ actions: ['route53:ListResourceRecordSets'], resources: [zone.hostedZoneArn] }));
    role.addToPolicy(
      new PolicyStatement({
        actions: ['route53:ChangeResourceRecordSets'],
        resources: [zone.hostedZoneArn],
        conditions: zoneWriteConditions({ names: [zoneName], types: ['SOA'], actions: ['UPSERT'] }),
      }),
    );
    const handler = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline(readFileSync(new URL('negativeTtlHandler.cjs', import.meta.url), 'utf8')),
      timeout: Duration.seconds(30),
      role,
      logGroup,
    });
    const resource = new CustomResource(this, 'Soa', {
      resourceType: 'Custom::ZoneNegativeTtl',
      serviceToken: handler.functionArn,
      serviceTimeout: Duration.seconds(60),
      properties: { zoneId: zone.hostedZoneId, zoneName, seconds: String(seconds) },
    });
    // Its permissions are a resource of their own, which CloudFormation would otherwise make whenever it likes.
    resource.node.addDependency(role);
  }
}
