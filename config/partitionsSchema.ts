/**
 * What may stand in `partitions.yaml`. Every key is described here once; an optional one works when it is absent. What must hold between two keys is
 * checked in `partitions.ts`.
 */
import { z } from 'zod';

const account = z.string('must be text: put it in quotes, or YAML drops its leading zeros').regex(/^\d{12}$/, 'must be twelve digits');
const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must look like us-east-1');
const domainName = z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a lower-case domain name without a trailing dot');
const email = z.email('must be an e-mail address');
/** A label of DNS and of Kubernetes: RFC 1123. */
const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends');

const mailRoot = z.strictObject({
  account: account.describe('the AWS account that owns the root zone'),
  region: region.describe('where its stack lives; Route 53 itself is global'),
  dmarcReports: email.optional().describe('who gets the DMARC reports of the root and of every partition below it; without it nobody does'),
});

const cluster = z.discriminatedUnion(
  'trust',
  [
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster'),
      trust: z.literal('podIdentity').describe('pods get the role from EKS Pod Identity; the stack makes the association'),
    }),
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster'),
      trust: z.literal('irsa').describe('pods get the role by their service account, through the OIDC provider of the cluster'),
      oidcIssuer: z
        .string()
        .regex(/^https:\/\/[a-z0-9.-]+\/[A-Za-z0-9/]+$/, 'must be the https:// address of the OIDC issuer of the cluster')
        .describe('as "aws eks describe-cluster" says it; its provider must exist in the account'),
    }),
  ],
  'must have trust: podIdentity or trust: irsa',
);

const partition = z.strictObject({
  mailRoot: domainName.describe('one of mailRoots; the mail zone is {purpose}.{mailRoot}'),
  postmarkAccount: label.describe('which Postmark account the token is of; a tag on its secret'),
  publicUrl: z
    .string()
    .regex(/^https:\/\/[^\s/?#]+$/, 'must be an https:// address without a path')
    .describe('where Postmark and tenants reach the service: setting webhook.publicUrl'),
  delegation: z
    .enum(['manual', 'custom-resource'])
    .default('manual')
    .describe('who writes the NS record in the root zone: the root stack, from nameServers, or a function of this stack'),
  nameServers: z
    .array(domainName)
    .min(2)
    .optional()
    .describe('with manual delegation: the zone’s name servers, output MailZoneNameServers; the root stack writes them'),
  dnssec: z.boolean().default(false).describe('sign the zone; the DS record goes to the root by hand, last'),
  negativeTtlSeconds: z
    .number()
    .int()
    .min(30)
    .max(900)
    .default(60)
    .describe('how long resolvers remember that a name does not exist; a new tenant’s domain waits this long at most'),
  namespace: label.default('postroute').describe('the Kubernetes namespace that the role trusts'),
  serviceAccount: label.default('postroute').describe('the service account that the role trusts'),
  secretAccess: z
    .enum(['externalSecrets', 'csi'])
    .default('externalSecrets')
    .describe(
      'how secrets reach the pod: the External Secrets operator reads them with a role of its own, the CSI driver with the service’s',
    ),
  drift: z
    .strictObject({
      postmarkInventory: z.boolean().default(false).describe('setting drift.postmarkInventory.enabled'),
      registry: z.boolean().default(false).describe('setting drift.registry.enabled'),
      dns: z.boolean().default(false).describe('setting drift.dns.enabled'),
      suppressions: z.boolean().default(false).describe('setting drift.suppressions.enabled'),
      webhooks: z.boolean().default(false).describe('setting drift.webhooks.enabled'),
    })
    .prefault({})
    .describe('the drift assertions of this partition'),
});

const infrastructure = z.strictObject({
  account,
  region,
  cluster,
  alarmEmail: email.optional().describe('who is told by the alarms of its partitions; without it they go to a topic that nobody reads'),
  partitions: z.record(z.string(), partition),
});

export const partitionsSchema = z.strictObject({
  mailRoots: z.record(z.string(), mailRoot),
  infrastructures: z.record(z.string(), infrastructure),
});

/** Names are keys of the file. They are not the records' key schemas, since a record stops at a key that does not fit and hides what is below it. */
export const nameSchemas = {
  mailRoot: domainName,
  infrastructure: z.string().regex(/^[A-Za-z0-9]{1,32}$/, 'an infrastructure must be 1 to 32 letters and digits'),
  purpose: z.string().regex(/^[a-z0-9]{1,32}$/, 'a purpose must be 1 to 32 of a-z and 0-9'),
};

export type PartitionsFile = z.infer<typeof partitionsSchema>;
export type ClusterTrust = z.infer<typeof cluster>;
