/**
 * Fails synthesis when a partition's stack publishes anything else than the contract names: CloudFormation refuses to change an export that another
 * stack imports, but the chart's renderer is no stack, and would only notice at the next deployment.
 */
import { readFileSync } from 'node:fs';
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';
import { exportName, partitionExportKeys, stackName } from '../config/partitionExports.ts';

type Template = { Outputs?: Record<string, { Export?: { Name?: unknown } }> };

export class PublishedNames implements IPolicyValidationPlugin {
  readonly name = 'PublishedNames';
  readonly ruleIds = ['published-names'];
  readonly #expected: ReadonlyMap<string, readonly string[]>;

  constructor(partitions: readonly string[]) {
    this.#expected = new Map(
      partitions.map((partition) => [
        `${stackName(partition)}.template.json`,
        partitionExportKeys.map((key) => exportName(partition, key)),
      ]),
    );
  }

  validate({ templatePaths }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = templatePaths.flatMap((templatePath) => {
      const expected = this.#expected.get(templatePath.split('/').at(-1) ?? '');
      if (expected === undefined) return [];
      const found = exportsOf(JSON.parse(readFileSync(templatePath, 'utf8')));
      const missing = expected.filter((name) => !found.includes(name)).map((name) => `${name} is not exported`);
      const unknown = found
        .filter((name) => !expected.includes(name))
        .map((name) => `${name} is exported and not in config/partitionExports.ts`);
      return [...missing, ...unknown].map((description) => ({
        ruleName: 'published-names',
        description,
        severity: 'error',
        violatingResources: [{ resourceLogicalId: 'Outputs', templatePath, locations: ['Outputs'] }],
      }));
    });
    return { success: violations.length === 0, violations };
  }
}

const exportsOf = ({ Outputs = {} }: Template): string[] =>
  Object.values(Outputs).flatMap(({ Export }) => (typeof Export?.Name === 'string' ? [Export.Name] : []));
