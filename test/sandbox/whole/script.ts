/** One script of calls over every room, spoken by the official clients, for tests that compare whole worlds. */
import {
  CreateAliasCommand,
  DecryptCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  KMSClient,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import {
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  CreateResourceRecordSetProtectionsCommand,
  CreateReusableDelegationSetCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { AccountClient, Models, ServerClient } from 'postmark';
import type { Sandbox } from '../../../sandbox/start.ts';
import { allTriggers } from '../postmark/webhookReceiver.ts';
import { askUdp } from '../support/dnsQuestion.ts';
import { credentials } from '../support/sandboxFixture.ts';

const zone = 'dev.ardamails.com';

const post = async (sandbox: Sandbox, path: string, body: object): Promise<void> => {
  const response = await fetch(`${sandbox.addresses.control}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (response.status !== 200) throw new Error(`${path}: ${await response.text()}`);
};

async function awsPart(sandbox: Sandbox): Promise<void> {
  const at = { endpoint: sandbox.addresses.aws, region: 'us-east-1', credentials, maxAttempts: 1 };
  const [route53, kms, secrets, ssm, sts] = [
    new Route53Client(at),
    new KMSClient(at),
    new SecretsManagerClient(at),
    new SSMClient(at),
    new STSClient(at),
  ];
  const HostedZoneId = sandbox.zoneId;
  const set = await route53.send(new CreateReusableDelegationSetCommand({ CallerReference: 'set' }));
  await route53.send(
    new CreateHostedZoneCommand({ Name: 'other.example.com', CallerReference: 'other', DelegationSetId: set.DelegationSet?.Id }),
  );
  await route53.send(
    new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId: HostedZoneId, AddTags: [{ Key: 'a', Value: 'b' }] }),
  );
  await route53.send(
    new CreateResourceRecordSetProtectionsCommand({ HostedZoneId, Protections: [{ RecordName: zone, RecordType: 'NS' }] }),
  );
  await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId }));
  const { CiphertextBlob } = await kms.send(new GenerateDataKeyCommand({ KeyId: sandbox.kmsKeyArn, KeySpec: 'AES_256' }));
  await kms.send(new DecryptCommand({ CiphertextBlob }));
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/mail', TargetKeyId: sandbox.kmsKeyArn }));
  await kms.send(new EnableKeyRotationCommand({ KeyId: sandbox.kmsKeyArn }));
  await kms.send(new RotateKeyOnDemandCommand({ KeyId: sandbox.kmsKeyArn }));
  await secrets.send(new CreateSecretCommand({ Name: 's', SecretString: 'one', ClientRequestToken: 'a'.repeat(32) }));
  await secrets.send(new PutSecretValueCommand({ SecretId: 's', SecretString: 'two', ClientRequestToken: 'b'.repeat(32) }));
  await ssm.send(new PutParameterCommand({ Name: '/a/b', Value: 'v', Type: 'SecureString' }));
  await sts.send(new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 'ss' }));
  await post(sandbox, '/aws/stack', { name: 'Mail-dev', outputs: [{ key: 'A', value: '1', exportName: 'x' }] });
}

/** A tenant from nothing to verified, with every record in DNS. Answers its server's token. */
async function provision(sandbox: Sandbox, hookUrl: string): Promise<string> {
  const options = { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host };
  const account = new AccountClient(sandbox.accountToken, options);
  const server = await account.createServer({ Name: 'ardamails-dev-acme' });
  const token = server.ApiTokens[0] ?? '';
  await new ServerClient(token, options).createWebhook({ Url: hookUrl, Triggers: allTriggers });
  const domain = await account.createDomain({ Name: `acme.${zone}`, ReturnPathDomain: `pm-bounces.acme.${zone}` });
  const route53 = new Route53Client({ endpoint: sandbox.addresses.route53, region: 'us-east-1', credentials, maxAttempts: 1 });
  const Changes = [
    { Name: domain.DKIMPendingHost, Type: 'TXT' as const, TTL: 300, ResourceRecords: [{ Value: `"${domain.DKIMPendingTextValue}"` }] },
    { Name: domain.ReturnPathDomain, Type: 'CNAME' as const, TTL: 300, ResourceRecords: [{ Value: 'pm.mtasv.net' }] },
  ].map((ResourceRecordSet) => ({ Action: 'UPSERT' as const, ResourceRecordSet }));
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch: { Changes } }));
  await post(sandbox, '/clock/advance', { seconds: 31 });
  await account.verifyDomainDKIM(domain.ID);
  await account.verifyDomainReturnPath(domain.ID);
  return token;
}

export async function playScript(sandbox: Sandbox, hookUrl: string): Promise<void> {
  const options = { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host };
  await post(sandbox, '/settings', { insyncMs: 30_000, deliveryDelayMs: 5000 });
  await awsPart(sandbox);
  await askUdp(sandbox.addresses.dns, { name: zone, type: 'SOA' });
  await askUdp(sandbox.addresses.resolver, { name: `none.${zone}`, type: 'TXT', recursionDesired: true });
  const client = new ServerClient(await provision(sandbox, hookUrl), options);
  const email = (To: string, jobId: string) => ({
    From: `noreply@acme.${zone}`,
    To,
    Subject: jobId,
    HtmlBody: '<a href="https://example.com/">hello</a>',
    TrackOpens: true,
    TrackLinks: Models.LinkTrackingOptions.HtmlOnly,
    Metadata: { jobId },
  });
  await post(sandbox, '/fault', { service: 'webhook', kind: 'status', status: 503, probability: 0.5 });
  await client.sendEmail(email('one@example.com', 'j1'));
  await client.sendEmailBatch(
    ['a@example.com', 'HardBounce@bounce-testing.postmarkapp.com', 'not an address'].map((to, index) => email(to, `b${index}`)),
  );
  await client.sendEmail(email('HardBounce@bounce-testing.postmarkapp.com', 'j2')).catch(() => {});
  await post(sandbox, '/clock/advance', { seconds: 600 });
  const { items }: { items: { MessageID: string }[] } = JSON.parse(await (await fetch(`${sandbox.addresses.control}/mail`)).text());
  for (const type of ['Open', 'Click', 'SpamComplaint']) await post(sandbox, '/postmark/event', { messageId: items[0]?.MessageID, type });
  await fetch(`${sandbox.addresses.control}/fault`, { method: 'DELETE' });
  await post(sandbox, '/clock/advance', { seconds: 86_400 });
}
