import { CfnOutput, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { NsRecord } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import type { MailRoot, Partition } from '../../config/partitions.ts';
import { MailZone } from '../constructs/stateful/mailZone.ts';
import { DelegationRole } from '../constructs/stateless/delegationRole.ts';
import { delegationTtl } from '../delegation.ts';
import { synthesizerFor } from '../synthesizer.ts';

/** `ardamails.com` → `ardamails-com-MailRoot` */
export const mailRootStackName = (mailRoot: string): string => `${mailRoot.replaceAll('.', '-')}-MailRoot`;

/**
 * The zone that the partitions' zones hang below: its apex, the NS record of each partition whose name servers are written down, and a role for each
 * partition that writes its own. The records stay when the stack or a partition's lines go; runbooks/partition-removal.md takes one out.
 */
export class MailRootStack extends Stack {
  constructor(scope: Construct, mailRoot: MailRoot, partitions: readonly Partition[]) {
    super(scope, mailRootStackName(mailRoot.name), {
      env: { account: mailRoot.account, region: mailRoot.region },
      description: `Postroute: the root zone ${mailRoot.name}`,
      terminationProtection: true,
      synthesizer: synthesizerFor({ assets: false }),
    });
    const state = new Construct(this, 'State');
    const { zone } = new MailZone(state, 'RootZone', {
      zoneName: mailRoot.name,
      comment: 'The root of the mail zones',
      dmarcReports: mailRoot.dmarcReports,
    });
    const service = new Construct(this, 'Service');
    for (const partition of partitions) {
      const { name, purpose, delegation, nameServers } = partition;
      if (delegation === 'custom-resource') new DelegationRole(service, `Delegation-${name}`, { rootZone: zone, partition });
      // A partition whose name servers are not known yet is simply not delegated.
      if (nameServers.length === 0) continue;
      const values = nameServers.map((server) => `${server}.`);
      const record = new NsRecord(state, `Delegation-${name}`, { zone, recordName: purpose, values, ttl: delegationTtl });
      record.applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
    new CfnOutput(this, 'RootZoneNameServers', { value: Fn.join(',', zone.hostedZoneNameServers ?? []) });
  }
}
