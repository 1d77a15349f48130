/** What `cdk` runs (cdk.json). A mistake in config/partitions.yaml is told in words; anything else is a fault of ours and keeps its stack trace. */
import { loadPartitions, PartitionsError } from '../config/partitions.ts';
import { installationApp } from './installationApp.ts';

try {
  installationApp(loadPartitions()).synth();
} catch (error) {
  if (!(error instanceof PartitionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
