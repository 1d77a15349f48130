/** Who may be the service: the pods of one service account, of one namespace, of one cluster. */
import { Stack } from 'aws-cdk-lib';
import {
  type IPrincipal,
  OpenIdConnectPrincipal,
  OpenIdConnectProvider,
  PrincipalWithConditions,
  ServicePrincipal,
  SessionTagsPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Partition } from '../../../config/partitions.ts';

export function serviceTrust(scope: Construct, partition: Partition): IPrincipal {
  const { cluster, namespace, serviceAccount, account, region } = partition;
  if (cluster.trust === 'podIdentity') {
    const conditions = {
      // Tags that Pod Identity puts on the session: another cluster of the account, or another workload of this one, has others.
      StringEquals: {
        'aws:RequestTag/kubernetes-namespace': namespace,
        'aws:RequestTag/kubernetes-service-account': serviceAccount,
      },
      ArnEquals: {
        'aws:RequestTag/eks-cluster-arn': Stack.of(scope).formatArn({
          service: 'eks',
          region,
          account,
          resource: 'cluster',
          resourceName: cluster.name,
        }),
      },
    };
    return new PrincipalWithConditions(new SessionTagsPrincipal(new ServicePrincipal('pods.eks.amazonaws.com')), conditions);
  }
  // A literal: a token as part of a condition's key would need a Lambda function to be resolved.
  const issuer = cluster.oidcIssuer.replace('https://', '');
  const provider = OpenIdConnectProvider.fromOpenIdConnectProviderArn(
    scope,
    'OidcProvider',
    Stack.of(scope).formatArn({ service: 'iam', region: '', account, resource: 'oidc-provider', resourceName: issuer }),
  );
  return new OpenIdConnectPrincipal(provider, {
    StringEquals: { [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${serviceAccount}`, [`${issuer}:aud`]: 'sts.amazonaws.com' },
  });
}
