import { Fn, Stack, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { stackName } from '../../config/partitionExports.ts';
import type { Partition } from '../../config/partitions.ts';
import { EncryptionKey } from '../constructs/stateful/encryptionKey.ts';
import { MailZone } from '../constructs/stateful/mailZone.ts';
import { PartitionSecrets } from '../constructs/stateful/partitionSecrets.ts';
import { ZoneSigning } from '../constructs/stateful/zoneSigning.ts';
import { PartitionAlarms } from '../constructs/stateless/partitionAlarms.ts';
import { PartitionOutputs } from '../constructs/stateless/partitionOutputs.ts';
import { ServiceRole } from '../constructs/stateless/serviceRole.ts';
import { ZoneDelegation } from '../constructs/stateless/zoneDelegation.ts';
import { ZoneNegativeTtl } from '../constructs/stateless/zoneNegativeTtl.ts';
import { delegationRoleArn } from '../delegation.ts';
import { synthesizerFor } from '../synthesizer.ts';

/**
 * All of AWS that one partition needs. What has state lives under `State` and outlives the stack; everything else can be made again at any time and
 * lives under `Service`, so that moving it about never changes the logical id of something that cannot be replaced.
 */
export class PartitionEmailStack extends Stack {
  constructor(scope: Construct, partition: Partition) {
    super(scope, stackName(partition.name), {
      env: { account: partition.account, region: partition.region },
      description: `Postroute: the mail zone, key, secrets and role of ${partition.name}`,
      terminationProtection: true,
      // Only the function of the delegation is an asset.
      synthesizer: synthesizerFor({ assets: partition.delegation === 'custom-resource' }),
    });
    Tags.of(this).add('partition', partition.name);
    const state = new Construct(this, 'State');
    const { zone } = new MailZone(state, 'MailZone', {
      zoneName: partition.zoneName,
      comment: `The tenants of ${partition.name}`,
      dmarcReports: partition.mailRoot.dmarcReports,
    });
    const { key } = new EncryptionKey(state, 'EncryptionKey', { partition: partition.name });
    const secrets = new PartitionSecrets(state, 'Secrets', { partition: partition.name, postmarkAccount: partition.postmarkAccount });
    if (partition.dnssec) new ZoneSigning(state, 'Signing', { zone, zoneName: partition.zoneName });

    const service = new Construct(this, 'Service');
    if (partition.delegation === 'custom-resource') {
      const parentZoneName = partition.mailRoot.name;
      new ZoneDelegation(service, 'Delegation', { zone, parentZoneName, delegationRoleArn: delegationRoleArn(partition) });
    }
    new ZoneNegativeTtl(service, 'NegativeTtl', { zone, zoneName: partition.zoneName, seconds: partition.negativeTtlSeconds });
    const all = [secrets.postmarkAccountToken, secrets.apiKeys, secrets.webhookSigningKey, secrets.materialRegistry];
    const { role } = new ServiceRole(service, 'Role', {
      partition,
      zone,
      encryptionKey: key,
      readableSecrets: partition.secretAccess === 'csi' ? all : [],
    });
    const { topic } = new PartitionAlarms(service, 'Alarms', {
      partition: partition.name,
      zone,
      encryptionKey: key,
      email: partition.alarmEmail,
      dnssec: partition.dnssec,
    });
    new PartitionOutputs(service, 'Outputs', {
      partition: partition.name,
      values: {
        mailZoneId: zone.hostedZoneId,
        mailZoneName: partition.zoneName,
        postmarkAccountTokenArn: secrets.postmarkAccountToken.secretArn,
        apiKeysArn: secrets.apiKeys.secretArn,
        webhookSigningKeyArn: secrets.webhookSigningKey.secretArn,
        materialRegistryArn: secrets.materialRegistry.secretArn,
        encryptionKeyArn: key.keyArn,
        serviceRoleArn: role.roleArn,
      },
      shown: { MailZoneNameServers: Fn.join(',', zone.hostedZoneNameServers ?? []), AlarmTopicArn: topic.topicArn },
    });
  }
}
