import { describe, expect, test } from 'vitest';
import { loadPartitions } from '../../config/partitions.ts';
import { ofType, onePartition, type Resource, resolved, synthesise, type Template, theOne } from '../support/synthesised.ts';

const shipped = synthesise(loadPartitions());
const stack = (name: string): Template => shipped[name] ?? { Resources: {} };
const dev = stack('Alpha002-dev-Email');
const demo = stack('Alpha001-demo-Email');
const prod = stack('Alpha001-prod-Email');

const pathOf = ({ Metadata }: Resource): string => Metadata?.['aws:cdk:path'] ?? '';
const below = (template: Template, scope: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => pathOf(resource).split('/')[1] === scope);

describe('the shipped installation', () => {
  test('is one stack for each partition, named by it, and one for the root', () => {
    expect(Object.keys(shipped).sort()).toEqual(
      ['Alpha001-demo-Email', 'Alpha001-prod-Email', 'Alpha002-dev-Email', 'Alpha002-stage-Email', 'ardamails-com-MailRoot'].sort(),
    );
  });

  test.each(Object.keys(shipped))('%s: whatever has state outlives it, and nothing else does but the delegation', (name) => {
    const kept = ({ DeletionPolicy, UpdateReplacePolicy }: Resource) => DeletionPolicy === 'Retain' && UpdateReplacePolicy === 'Retain';
    expect(below(stack(name), 'State').length).toBeGreaterThan(0);
    expect(below(stack(name), 'State').filter(([, resource]) => !kept(resource))).toEqual([]);
    const keptBeside = below(stack(name), 'Service').filter(([, resource]) => kept(resource));
    expect(keptBeside.map(([, { Type }]) => Type)).toEqual(name === 'Alpha001-prod-Email' ? ['Custom::CrossAccountZoneDelegation'] : []);
  });

  test('what cannot be made again keeps the logical ids that it was deployed under', () => {
    expect(below(prod, 'State').map(([id, { Type }]) => `${Type} ${id}`)).toEqual([
      'AWS::Route53::HostedZone StateMailZoneCFB51E06',
      'AWS::Route53::KeySigningKey StateMailZoneKeySigningKeyCCFD14D4',
      'AWS::Route53::DNSSEC StateMailZoneDNSSECEF386856',
      'AWS::Route53::RecordSet StateMailZoneSpf3D766E3E',
      'AWS::Route53::RecordSet StateMailZoneDmarcB23EAE88',
      'AWS::KMS::Key StateEncryptionKey78E1D566',
      'AWS::KMS::Alias StateEncryptionKeyAlias9C1B6023',
      'AWS::SecretsManager::Secret StateSecretsPostmarkAccountTokenD64DEEB9',
      'AWS::SecretsManager::Secret StateSecretsApiKeysC7FD33A7',
      'AWS::SecretsManager::Secret StateSecretsWebhookSigningKey55050227',
      'AWS::SecretsManager::Secret StateSecretsMaterialRegistry9BEF7108',
      'AWS::KMS::Key StateSigningKey9B80403A',
    ]);
  });

  test.each(['Alpha001-demo-Email', 'Alpha002-dev-Email', 'Alpha002-stage-Email', 'ardamails-com-MailRoot'])(
    '%s needs no asset, so that it deploys into an account that nobody prepared, and fits the request',
    (name) => {
      expect(JSON.stringify(stack(name))).not.toContain('BootstrapVersion');
      // CloudFormation takes 51,200 bytes without a bucket.
      expect(JSON.stringify(stack(name), null, 1).length).toBeLessThan(51_200);
    },
  );
});

describe('what a partition publishes', () => {
  const names = [
    'API-PartitionMailZoneId',
    'API-PartitionMailZoneName',
    'API-EmailPostmarkAccountTokenArn',
    'API-EmailApiKeysArn',
    'API-EmailWebhookSigningKeyArn',
    'API-EmailMaterialRegistryArn',
    'API-EmailEncryptionKeyArn',
    'API-EmailServiceRoleArn',
  ];

  test.each(['Alpha001-demo', 'Alpha001-prod', 'Alpha002-dev', 'Alpha002-stage'])('%s: exactly these names', (partition) => {
    const exported = Object.values(stack(`${partition}-Email`).Outputs ?? {}).flatMap(({ Export }) => Export?.Name ?? []);
    expect(exported.sort()).toEqual(names.map((name) => `${partition}-${name}`).sort());
  });

  test('each as an SSM parameter with the same value, and no secret among them', () => {
    const parameters = ofType(dev, 'AWS::SSM::Parameter').map(([, { Properties = {} }]) => [Properties['Name'], Properties['Value']]);
    const exports = Object.values(dev.Outputs ?? {}).filter(({ Export }) => Export !== undefined);
    const mirrored = exports.map(({ Export, Value }) => [Export?.Name.replace('Alpha002-dev-API-', '/mail/Alpha002-dev/'), Value]);
    expect(parameters.sort()).toEqual(mirrored.sort());
    expect(JSON.stringify(dev)).not.toContain('{{resolve:secretsmanager');
  });
});

describe('the mail zone', () => {
  const records = ofType(dev, 'AWS::Route53::RecordSet').map(([, { Properties = {} }]) => Properties);

  test('says of its apex that it sends nothing, and of what is below it that DKIM decides', () => {
    expect(records.map(({ Name, Type, ResourceRecords }) => ({ Name, Type, ResourceRecords }))).toEqual([
      { Name: 'dev.ardamails.com.', Type: 'TXT', ResourceRecords: ['"v=spf1 -all"'] },
      {
        Name: '_dmarc.dev.ardamails.com.',
        Type: 'TXT',
        ResourceRecords: ['"v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=r; aspf=r; rua=mailto:dmarc@arda.example"'],
      },
    ]);
  });

  test('forgets in a minute that a name did not exist, by a function that may change its SOA record and nothing else', () => {
    expect(theOne(dev, 'Custom::ZoneNegativeTtl').properties).toMatchObject({ zoneName: 'dev.ardamails.com', seconds: '60' });
    const other = synthesise(onePartition({ negativeTtlSeconds: 300 }))['Alpha002-dev-Email'] ?? dev;
    expect(theOne(other, 'Custom::ZoneNegativeTtl').properties).toMatchObject({ seconds: '300' });
  });

  test('is signed on request, with a key of its own and alarms, and not otherwise', () => {
    expect(ofType(dev, 'AWS::Route53::DNSSEC')).toEqual([]);
    expect(ofType(prod, 'AWS::Route53::DNSSEC')).toHaveLength(1);
    expect(theOne(prod, 'AWS::KMS::Key', 'Signing').properties).toMatchObject({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const metrics = (template: Template) =>
      ofType(template, 'AWS::CloudWatch::Alarm').map(([, { Properties = {} }]) => Properties['MetricName']);
    expect(metrics(prod)).toEqual(expect.arrayContaining(['DNSSECInternalFailure', 'DNSSECKeySigningKeysNeedingAction']));
    expect(metrics(dev).filter(Boolean)).toEqual([]);
  });
});

describe('delegation', () => {
  const root = stack('ardamails-com-MailRoot');
  const nsRecords = (template: Template | undefined) =>
    ofType(template ?? root, 'AWS::Route53::RecordSet').filter(([, { Properties = {} }]) => Properties['Type'] === 'NS');

  test('by hand: nothing until the name servers are written down, then an NS record that stays', () => {
    expect(nsRecords(root)).toEqual([]);
    const written = synthesise(onePartition({ nameServers: ['ns-1.awsdns-01.com', 'ns-2.awsdns-02.org'] }))['ardamails-com-MailRoot'];
    expect(nsRecords(written).map(([, { Properties = {}, DeletionPolicy }]) => ({ ...Properties, DeletionPolicy }))).toMatchObject([
      {
        Name: 'dev.ardamails.com.',
        TTL: '3600',
        ResourceRecords: ['ns-1.awsdns-01.com.', 'ns-2.awsdns-02.org.'],
        DeletionPolicy: 'Retain',
      },
    ]);
    expect(dev.Outputs?.['MailZoneNameServers']).toBeDefined();
  });

  test('by the stack itself: through a role that its account alone may take, for its own name alone', () => {
    expect(theOne(prod, 'Custom::CrossAccountZoneDelegation').properties).toMatchObject({
      AssumeRoleArn: 'arn:aws:iam::100000000001:role/Alpha001-prod-MailDelegation',
      ParentZoneName: 'ardamails.com',
      DelegatedZoneName: 'prod.ardamails.com',
    });
    const role = theOne(root, 'AWS::IAM::Role').properties;
    expect(role).toMatchObject({ RoleName: 'Alpha001-prod-MailDelegation' });
    const trust = JSON.stringify(resolved(role['AssumeRolePolicyDocument'] ?? null));
    expect(trust).toContain('arn:aws:iam::100000000011:root');
    expect(trust).toContain('arn:aws:iam::100000000011:role/Alpha001-prod-Email-*');
  });
});

describe('who may be the service', () => {
  const trustOf = (template: Template) =>
    resolved(theOne(template, 'AWS::IAM::Role', '/Service/Role/').properties['AssumeRolePolicyDocument'] ?? null);

  test('with Pod Identity: one service account of one namespace of one cluster, associated by the stack', () => {
    expect(trustOf(demo)).toMatchObject({
      Statement: [
        {
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Principal: { Service: 'pods.eks.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'postroute', 'aws:RequestTag/kubernetes-service-account': 'postroute' },
            ArnEquals: { 'aws:RequestTag/eks-cluster-arn': 'arn:aws:eks:us-east-1:100000000011:cluster/alpha001' },
          },
        },
      ],
    });
    expect(theOne(demo, 'AWS::EKS::PodIdentityAssociation').properties).toMatchObject({
      ClusterName: 'alpha001',
      Namespace: 'postroute',
      ServiceAccount: 'postroute',
    });
  });

  test('with IRSA: the same, by the subject and audience of the token of the cluster', () => {
    const issuer = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
    expect(trustOf(dev)).toMatchObject({
      Statement: [
        {
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: `arn:aws:iam::100000000012:oidc-provider/${issuer}` },
          Condition: {
            StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:postroute:postroute', [`${issuer}:aud`]: 'sts.amazonaws.com' },
          },
        },
      ],
    });
    expect(ofType(dev, 'AWS::EKS::PodIdentityAssociation')).toEqual([]);
  });
});

test('secrets that a person must fill begin without a value; the others are made at random, as the service reads them', () => {
  const made = ofType(dev, 'AWS::SecretsManager::Secret').map(([, { Properties = {} }]) => [
    Properties['Name'],
    Properties['GenerateSecretString'] ?? null,
  ]);
  const random = { GenerateStringKey: 'current', SecretStringTemplate: '{"previous":null}', PasswordLength: 48, ExcludePunctuation: true };
  expect(Object.fromEntries(made)).toEqual({
    'Alpha002-dev/email/postmark-account-token': null,
    'Alpha002-dev/email/material-registry': null,
    'Alpha002-dev/email/api-keys': random,
    'Alpha002-dev/email/webhook-signing-key': random,
  });
});

test('somebody is told when the key is about to go, and when KMS is near its quota', () => {
  const rule = theOne(demo, 'AWS::Events::Rule').properties;
  expect(JSON.stringify(rule['EventPattern'])).toContain('ScheduleKeyDeletion');
  expect(JSON.stringify(rule['Targets'])).toContain('runbooks/encryption-key-endangered.md');
  expect(theOne(demo, 'AWS::SNS::Subscription').properties).toMatchObject({ Protocol: 'email', Endpoint: 'oncall@arda.example' });
  expect(ofType(dev, 'AWS::SNS::Subscription')).toEqual([]);
  expect(theOne(dev, 'AWS::CloudWatch::Alarm', 'KmsNearQuota').properties).toMatchObject({
    Threshold: 80,
    TreatMissingData: 'notBreaching',
  });
});
