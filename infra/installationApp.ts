/**
 * The CDK app of a whole installation. Synthesis needs no account and no network, and fails when a rule of AWS Solutions is broken without a reason
 * written beside the resource.
 */
import { readFileSync } from 'node:fs';
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Installation } from '../config/partitions.ts';
import { PublishedNames } from './publishedNames.ts';
import { MailRootStack } from './stacks/mailRootStack.ts';
import { PartitionEmailStack } from './stacks/partitionEmailStack.ts';

/** The feature flags of cdk.json, which only the `cdk` command would hand over: the same templates come out of a test and of a deployment. */
const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));

export function installationApp({ mailRoots, partitions }: Installation, props: AppProps = {}): App {
  const app = new App({ ...props, context: { ...context, ...props.context } });
  for (const mailRoot of mailRoots) {
    const below = partitions.filter((partition) => partition.mailRoot.name === mailRoot.name);
    new MailRootStack(app, mailRoot, below);
  }
  for (const partition of partitions) new PartitionEmailStack(app, partition);
  // Reasons are written into the templates, for whoever audits the account and not the code.
  const solutions = new AwsSolutionsChecks(app, { writeSuppressionsToCloudFormation: true });
  Validations.of(app).addPlugins(solutions, new PublishedNames(partitions.map(({ name }) => name)));
  return app;
}
